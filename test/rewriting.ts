/** Captures in other shapes: compressed, in another format, with another clock. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { analyze } from '../src/analyze.ts';
import { openCapture } from '../src/capture/open.ts';
import { PcapngWriter } from '../src/capture/pcapng-writer.ts';
import { readHostFacts } from '../src/host/read.ts';
import type { Report } from '../src/report/model.ts';
import { readScenario } from './scenarios.ts';

/** Rewrites a capture and returns the file that holds the result. */
export type Rewrite = (file: string) => string | Promise<string>;

export const asIs: Rewrite = (file) => file;

/** Rewrites into a scratch folder that lives as long as the test file that asks for them. */
export class Rewriter {
  private scratch = '';

  constructor() {
    beforeAll(() => {
      this.scratch = mkdtempSync(join(tmpdir(), 'vxtrace-rewritten-'));
    });
    afterAll(() => rmSync(this.scratch, { recursive: true, force: true }));
  }

  readonly gzip: Rewrite = (file) => this.save(file, '.gz', gzipSync(readFileSync(file)));

  readonly zstd: Rewrite = (file) => {
    const path = join(this.scratch, `${basename(file)}.zst`);
    run('zstd', ['-q', '-f', file, '-o', path]);
    return path;
  };

  /** pcapng of Wireshark's writer. */
  readonly editcap: Rewrite = (file) => {
    const path = join(this.scratch, `${basename(file)}.editcap.pcapng`);
    run('editcap', ['-F', 'pcapng', file, path]);
    return path;
  };

  /** pcapng of the project's own writer. */
  readonly pcapng: Rewrite = async (file) => {
    const blocks: Uint8Array[] = [];
    const writer = new PcapngWriter((bytes) => blocks.push(bytes));
    const reader = await openCapture(file);
    const id = writer.addInterface({ name: 'any', linkType: reader.interfaces[0].linkType, snapLength: 0 });
    for await (const { bytes, offset, captured, original, time, count } of reader) {
      for (let i = 0; i < count; i++) {
        const seconds = reader.epochSeconds + Math.floor(time[i] / 1e9);
        writer.writeFrame(id, seconds, time[i] % 1e9, bytes, offset[i], captured[i], original[i]);
      }
    }
    return this.save(file, '.pcapng', Buffer.concat(blocks));
  };

  readonly gzippedPcapng: Rewrite = async (file) => this.gzip(await this.pcapng(file));

  /** Every time of the host's pcap files moved by whole seconds; those of other hosts as they are. */
  clock(host: string, seconds: number): Rewrite {
    return (file) => {
      if (!basename(file).startsWith(host)) return file;
      const bytes = Buffer.from(readFileSync(file));
      for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
        bytes.writeUInt32LE(bytes.readUInt32LE(at) + seconds, at);
      }
      return this.save(file, `.clock${seconds}`, bytes);
    };
  }

  private save(file: string, extension: string, bytes: Uint8Array): string {
    const path = join(this.scratch, `${basename(file)}${extension}`);
    writeFileSync(path, bytes);
    return path;
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

/** Analyses captures of a scenario, each rewritten, with what its hosts print. */
export async function analyzeRewritten(folder: string, files: readonly string[], rewrite: Rewrite): Promise<Report> {
  const captures = [];
  for (const file of files) {
    const path = await rewrite(join(folder, file));
    captures.push({ path, label: file.replace(/\.pcap$/, ''), host: null, interfaceName: null });
  }
  const hosts = Object.entries(readScenario(folder).hosts);
  return analyze({
    captures,
    hosts: hosts.map(([host, file]) => readHostFacts(host, readFileSync(join(folder, file), 'utf8'))),
  });
}
