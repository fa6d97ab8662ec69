/** What hosts print, as it is given with `--host`; and what seems to be amiss with it, in warnings. */
import { open, readFile } from 'node:fs/promises';
import { fileSize } from '../capture/file-size.ts';
import type { CaptureInput } from '../diagnosis.ts';
import { reasonOf, VxtraceError } from '../errors.ts';
import type { StatedMac } from '../findings/owners.ts';
import type { HostFacts } from '../host/facts.ts';
import { hostFile } from './arguments.ts';
import { complain } from './complain.ts';

/** The commands whose output is read. */
const COMMANDS = 'ip addr, ip link, ip neigh, ip route, arp, bridge fdb, tc filter, iptables, nft or ifconfig';
/** Bytes of a file that is no capture in which a host's output is looked for. */
const LOOKED_AT_BYTES = 1 << 16;
/** Captures that a warning names. */
const NAMED_CAPTURES = 12;

/** The files of values `HOST=FILE`. */
export function hostPaths(values: readonly string[], option = '--host'): string[] {
  return values.map((value) => hostFile(value, option).path);
}

/**
 * The facts of the hosts given with `--host`, or with another `option` that is like it; several files of one host are
 * read as one. Warns of each file that says nothing.
 */
export async function readHosts(values: readonly string[], option = '--host'): Promise<HostFacts[]> {
  if (values.length === 0) return [];
  const { readHostFacts } = await import('../host/read.ts');
  const read = new Map<string, { texts: string[]; facts: HostFacts }>();
  for (const { host, path } of values.map((value) => hostFile(value, option))) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new VxtraceError(
        error.code === 'ENOENT' ? 'input-not-found' : 'input-unreadable',
        `${option} ${host}: cannot read ${path}: ${reasonOf(error, 'file')}`,
      );
    });
    const facts = readHostFacts(host, text);
    const fault = faultOf(text, facts);
    if (fault !== null) complain(`${option} ${host}: ${path} ${fault}`);
    const earlier = read.get(host);
    if (earlier === undefined) read.set(host, { texts: [text], facts });
    else earlier.texts.push(text);
  }
  return [...read].map(([host, { texts, facts }]) =>
    texts.length === 1 ? facts : readHostFacts(host, texts.join('\n')),
  );
}

/** What is amiss with a text that says nothing; null for one that does, or whose commands had nothing to say. */
function faultOf(text: string, facts: HostFacts): string | null {
  if (text.trim() === '') return 'is empty';
  const isForeign = saysNothing(facts) && (facts.unrecognisedLines ?? 0) > 0;
  return isForeign ? `holds no output of ${COMMANDS} that says anything of a host` : null;
}

function saysNothing({ interfaces, neighbors, routes, forwarding, redirects, firewall, macTimes = [] }: HostFacts) {
  return [interfaces, neighbors, routes, forwarding, redirects, firewall, macTimes].every((list) => list.length === 0);
}

/** Hosts as an option names them; null for a value that names none. */
export interface NamedHosts {
  option: string;
  hosts: readonly (string | null)[];
}

/** The hosts that `--host` and `--mac` name. */
export function namedHosts(facts: readonly HostFacts[], macs: readonly StatedMac[]): NamedHosts[] {
  return [
    { option: '--host', hosts: facts.map(({ host }) => host) },
    { option: '--mac', hosts: macs.map(({ host }) => host) },
  ];
}

/**
 * Warns, in one line, of hosts that no capture belongs to, while there are captures of other hosts than those named: a
 * name may be amiss. Where all captures are of hosts that were named, nothing is; those of one end will do.
 */
export function warnOfStrangers(
  named: readonly NamedHosts[],
  captures: readonly { label: string; host: string | null }[],
): void {
  const given = new Set(named.flatMap(({ hosts }) => hosts));
  if (captures.every(({ host }) => host !== null && given.has(host))) return;
  const known = new Set(captures.map(({ host }) => host));
  const strangers = named.flatMap(({ option, hosts }) =>
    [...new Set(hosts)].flatMap((host) => (host === null || known.has(host) ? [] : `${host} (${option})`)),
  );
  if (strangers.length === 0) return;
  const labels = captures.slice(0, NAMED_CAPTURES).map(({ label }) => label);
  const more = captures.length > labels.length ? ` and ${captures.length - labels.length} more` : '';
  complain(`no capture belongs to ${strangers.join(', ')}; there are ${labels.join(', ')}${more}`);
}

/**
 * The error with what to do about it, where it is of a file that was given as a capture and holds what a host prints;
 * `captures` by the option that takes what their hosts print.
 */
export async function withHostHint(
  error: unknown,
  captures: Readonly<Record<string, readonly CaptureInput[]>>,
): Promise<unknown> {
  if (!(error instanceof VxtraceError) || error.code !== 'input-unrecognised') return error;
  for (const [option, inputs] of Object.entries(captures)) {
    const given = inputs.find(({ path }) => error.message.startsWith(`${path}: `));
    if (given === undefined || !(await isHostOutput(given.path))) continue;
    const hint = `it looks like what a host prints: ${option} ${given.host ?? 'HOST'}=${given.path}`;
    return new VxtraceError(error.code, `${error.message}; ${hint}`, { cause: error });
  }
  return error;
}

/** Of a pipe nothing is left to look at. */
async function isHostOutput(path: string): Promise<boolean> {
  if (fileSize(path) === 0) return false;
  const { readHostFacts } = await import('../host/read.ts');
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT_BYTES), 0, LOOKED_AT_BYTES, 0);
    return !saysNothing(readHostFacts('', buffer.toString('utf8', 0, bytesRead)));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
