/** `vxtrace decode`: one line a packet with all layers. */
import { openCapture } from '../capture/open.ts';
import { printCapture } from '../print.ts';
import { captureInput, wholeNumber } from './arguments.ts';

/** Runs the command; returns its exit status. */
export async function runDecode(file: string, options: Record<string, unknown>): Promise<number> {
  const list = (name: string): string[] => (options[name] as string[] | undefined) ?? [];
  const vnis = list('vni').map((text) => wholeNumber('--vni', text, 0, 0xffffff));
  const count = options['count'];
  const reader = await openCapture(captureInput(file).path);
  try {
    const chunks = printCapture(reader, {
      format: options['json'] === true ? 'json' : 'text',
      vxlanPorts: list('port').map((text) => wholeNumber('--port', text, 1, 65535)),
      ...(vnis.length === 0 ? {} : { vnis: new Set(vnis) }),
      ...(count === undefined ? {} : { count: wholeNumber('--count', String(count), 1, Number.MAX_SAFE_INTEGER) }),
    });
    for await (const chunk of chunks) {
      // A chunk is reused for the next one, so it has to be written out first.
      await new Promise<void>((resolve) => process.stdout.write(chunk, () => resolve()));
    }
  } finally {
    await reader.close();
  }
  for (const { message } of reader.warnings) process.stderr.write(`vxtrace: ${file}: ${message}\n`);
  return 0;
}
