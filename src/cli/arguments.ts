/** Arguments and option values of the command line: what they mean, and what is wrong with them. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { CaptureInput } from '../diagnosis.ts';
import { VxtraceError } from '../errors.ts';
import type { StatedMac } from '../findings/owners.ts';
import { readAddress, readMac } from '../host/address.ts';

function usage(message: string): VxtraceError {
  return new VxtraceError('usage', message);
}

const CAPTURE_FORM = 'a capture is [HOST[:INTERFACE]=]FILE';

/** `[HOST[:INTERFACE]=]FILE`. What names an existing file is a file, whatever characters it has. */
export function captureInput(argument: string): CaptureInput {
  const at = argument.indexOf('=');
  if (at <= 0 || existsSync(argument))
    return { path: argument, label: labelOf(argument), host: null, interfaceName: null };
  const label = argument.slice(0, at);
  const path = argument.slice(at + 1);
  if (path === '') throw usage(`${argument}: no file after the equals sign; ${CAPTURE_FORM}`);
  const colon = label.indexOf(':');
  const host = colon < 0 ? label : label.slice(0, colon);
  const interfaceName = colon < 0 ? null : label.slice(colon + 1);
  if (host === '') throw usage(`${argument}: no host before the colon; ${CAPTURE_FORM}`);
  if (interfaceName === '') throw usage(`${argument}: no interface after the colon; ${CAPTURE_FORM}`);
  return { path, label, host, interfaceName };
}

/** The file's name without directory and extensions. */
function labelOf(path: string): string {
  if (path === '-') return 'stdin';
  const name = basename(path).replace(/\.(gz|zst|zstd)$/, '');
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** Labels made different: a second capture of the same name gets a number. */
export function distinctLabels(captures: readonly CaptureInput[]): CaptureInput[] {
  const taken = new Set<string>();
  return captures.map((capture) => {
    let label = capture.label;
    for (let number = 2; taken.has(label); number++) label = `${capture.label} (${number})`;
    taken.add(label);
    return { ...capture, label };
  });
}

/** `HOST=FILE`; `option` is the option it was given with. */
export function hostFile(argument: string, option: string): { host: string; path: string } {
  const at = argument.indexOf('=');
  if (at <= 0 || at === argument.length - 1) throw usage(`${option} ${argument}: expected HOST=FILE`);
  return { host: argument.slice(0, at), path: argument.slice(at + 1) };
}

/** `[HOST:]IP=MAC`; the address may be IPv6, so the host is what stands before the colon that leaves one. */
export function statedMac(argument: string): StatedMac {
  const at = argument.lastIndexOf('=');
  const mac = at < 0 ? null : readMac(argument.slice(at + 1));
  if (mac === null) throw usage(`--mac ${argument}: expected [HOST:]IP=MAC, such as 10.132.2.46=7e:e5:f7:e6:f5:1a`);
  const where = argument.slice(0, at);
  const address = readAddress(where);
  if (address !== null) return { host: null, address, mac };
  const colon = where.indexOf(':');
  const rest = colon <= 0 ? null : readAddress(where.slice(colon + 1));
  if (rest === null) throw usage(`--mac ${argument}: ${where} is no IP address`);
  return { host: where.slice(0, colon), address: rest, mac };
}

/** A whole number from `least` to `most`, or of any size. */
export function wholeNumber(option: string, text: string, least: number, most = Number.POSITIVE_INFINITY): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  if (!(value >= least && value <= most)) throw usage(`${option} ${text}: expected a whole number ${range}`);
  return value;
}

/** A positive number of seconds. */
export function seconds(option: string, text: string): number {
  const value = /^(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw usage(`${option} ${text}: expected a number of seconds above 0`);
  return value;
}
