/** Asks Wireshark's programs about a capture. They want a file, not a pipe. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `body` with the path of a file that holds `bytes`. */
function withFile<T>(bytes: Uint8Array, body: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'vxtrace-test-'));
  try {
    const path = join(folder, 'capture');
    writeFileSync(path, bytes);
    return body(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One line per packet, the fields joined by tabs. */
export function tsharkFields(bytes: Uint8Array, fields: readonly string[]): string[] {
  return withFile(bytes, (path) => {
    const columns = fields.flatMap((field) => ['-e', field]);
    const { stdout, stderr, status } = spawnSync('tshark', ['-n', '-r', path, '-T', 'fields', ...columns], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tshark: ${stderr}`);
    return stdout.split('\n').slice(0, -1);
  });
}

/** What capinfos prints of a file; throws where it finds fault with it. */
export function capinfos(bytes: Uint8Array): string {
  return withFile(bytes, (path) => {
    const { stdout, stderr, status } = spawnSync('capinfos', [path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`capinfos: ${stderr}`);
    return stdout;
  });
}
