/** Shipped captures as runs to compare, and runs made from them by changing some of their bytes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunInput } from '../../src/compare.ts';
import { readHostFacts } from '../../src/host/read.ts';
import { CAPTURES, readScenario } from '../scenarios.ts';
import { scratchFolder } from '../scratch.ts';

export interface RunShape {
  withHosts?: boolean;
  /** Label of a capture, given the name of its file. */
  label?: (name: string) => string;
  /** Changes a capture's bytes. */
  edit?: (bytes: Buffer) => Buffer;
  /** Changes what a host printed. */
  editText?: (text: string) => string;
  /** Only these captures. */
  only?: readonly string[];
}

/** The captures of a shipped scenario as one run. */
export function run(scenario: string, shape: RunShape = {}): RunInput {
  const { withHosts = true, label = (name: string) => name, edit, editText = (text: string) => text, only } = shape;
  const folder = join(CAPTURES, scenario);
  const { captures, hosts } = readScenario(folder);
  const target = edit === undefined ? folder : scratchFolder('compare');
  const files = captures.filter((file) => only === undefined || only.includes(file));
  if (edit !== undefined) {
    for (const file of files) writeFileSync(join(target, file), edit(readFileSync(join(folder, file))));
  }
  return {
    captures: files.map((file) => ({
      path: join(target, file),
      label: label(file.replace(/\.pcap$/, '')),
      host: null,
      interfaceName: null,
    })),
    hosts: withHosts
      ? Object.entries(hosts).map(([host, file]) =>
          readHostFacts(host, editText(readFileSync(join(folder, file), 'utf8'))),
        )
      : [],
  };
}

/**
 * Another pod: 10.132.2.46 becomes 10.131.2.47, its MAC changes with it, and every checksum stays
 * right, because the sum of the two 16-bit words is the same.
 */
export const otherPod: Pick<RunShape, 'edit' | 'editText'> = {
  edit: (bytes) => replaced(bytes, Buffer.from([10, 132, 2, 46]), Buffer.from([10, 131, 2, 47])),
  editText: (text) => text.replaceAll('10.132.2.46', '10.131.2.47').replaceAll('0a:84:02:2e', '0a:83:02:2f'),
};

function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + from.length)) to.copy(copy, at);
  return copy;
}

const PCAP_HEADER = 24;
const RECORD_HEADER = 16;

/** Echo replies of a capture of bare Ethernet frames (pcap, microseconds, little endian) come so much later. */
export function delayReplies(milliseconds: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const copy = Buffer.from(bytes);
    let at = PCAP_HEADER;
    while (at < copy.length) {
      const frame = at + RECORD_HEADER;
      const isReply = copy.readUInt16BE(frame + 12) === 0x0800 && copy[frame + 23] === 1 && copy[frame + 34] === 0;
      if (isReply) {
        const time = copy.readUInt32LE(at) * 1e6 + copy.readUInt32LE(at + 4) + milliseconds * 1000;
        copy.writeUInt32LE(Math.floor(time / 1e6), at);
        copy.writeUInt32LE(time % 1e6, at + 4);
      }
      at = frame + copy.readUInt32LE(at + 8);
    }
    return copy;
  };
}
