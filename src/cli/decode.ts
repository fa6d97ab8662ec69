/** `vxtrace decode`: one line a packet with all layers. */
import { availableParallelism } from 'node:os';
import type { PrintOptions } from '../batch-printer.ts';
import { fileSize } from '../capture/file-size.ts';
import { openCapture } from '../capture/open.ts';
import { VxtraceError } from '../errors.ts';
import { printCapture } from '../print.ts';
import { PrintedRing, printPaired } from '../printing-pair.ts';
import { captureInput, wholeNumber } from './arguments.ts';
import { complain } from './complain.ts';

/** Below this size, in bytes, starting a second thread takes longer than it saves. */
const WORTH_A_THREAD = 32 << 20;

/** Runs the command; returns its exit status. */
export async function runDecode(file: string, options: Record<string, unknown>): Promise<number> {
  const printed = printOptions(options);
  const { path } = captureInput(file);
  const isWorthAThread = printed.count === undefined && availableParallelism() >= 2 && fileSize(path) >= WORTH_A_THREAD;
  const ring = isWorthAThread ? new PrintedRing() : null;
  const reader = ring === null ? await openCapture(path) : await openCapture(path, ring);
  try {
    const chunks = ring === null ? printCapture(reader, printed) : printPaired(reader, ring, printed);
    for await (const chunk of chunks) {
      // A chunk is reused for the next one, so it has to be written out first.
      await new Promise<void>((resolve) => process.stdout.write(chunk, () => resolve()));
    }
  } finally {
    await reader.close();
  }
  for (const { message } of reader.warnings) complain(`${file}: ${message}`);
  return 0;
}

function printOptions(options: Record<string, unknown>): PrintOptions {
  const ports = (option: string, name: string): number[] =>
    ((options[name] as string[] | undefined) ?? []).map((text) => wholeNumber(option, text, 1, 65535));
  const vnis = ((options['vni'] as string[] | undefined) ?? []).map((text) => wholeNumber('--vni', text, 0, 0xffffff));
  const count = options['count'];
  return {
    format: formatOf(String(options['format'])),
    vxlanPorts: [...ports('--vxlan-port', 'vxlanPort'), ...ports('--port', 'port')],
    ...(vnis.length === 0 ? {} : { vnis: new Set(vnis) }),
    ...(count === undefined ? {} : { count: wholeNumber('--count', String(count), 1) }),
  };
}

function formatOf(text: string): PrintOptions['format'] {
  if (text === 'text' || text === 'json') return text;
  throw new VxtraceError('usage', `--format ${text}: expected text or json`);
}
