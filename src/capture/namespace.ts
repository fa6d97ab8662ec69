/** Network namespaces of this machine: how one is entered, and which there are. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { VxtraceError } from '../errors.ts';
import type { Invocation } from './command.ts';

/** Where `ip netns add` puts them. */
const NAMED = '/run/netns';

/** How a namespace is given: by name (of /run/netns), by path, or by the id of a process in it. */
export interface Namespace {
  /** Null when it has none. */
  readonly name: string | null;
  readonly path: string;
}

/**
 * The namespace that a name, a path or a process id stands for.
 *
 * @throws VxtraceError `input-not-found` when there is none, `missing-privilege` when that may not be looked at.
 */
export function namespaceOf(text: string): Namespace {
  if (text.includes('/')) {
    if (!isThere(text)) throw new VxtraceError('input-not-found', `${text}: no such network namespace`);
    return { name: null, path: text };
  }
  if (isThere(`${NAMED}/${text}`)) return { name: text, path: `${NAMED}/${text}` };
  const path = `/proc/${text}/ns/net`;
  if (/^\d+$/.test(text) && isThere(path)) return { name: null, path };
  const names = namedNamespaces();
  const there = names.length === 0 ? 'there are none with a name' : `there are: ${names.join(', ')}`;
  throw new VxtraceError('input-not-found', `${text}: no such network namespace (${there})`);
}

/** What one who may not enter a namespace is told. */
export const NAMESPACE_NEED =
  'entering a network namespace needs CAP_SYS_ADMIN, which cannot be granted to one program alone: run with sudo';

function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') return false;
    throw new VxtraceError('missing-privilege', `${path}: ${NAMESPACE_NEED} (${message})`);
  }
}

/** The names under /run/netns, sorted. */
export function namedNamespaces(): string[] {
  try {
    return readdirSync(NAMED).sort();
  } catch {
    return [];
  }
}

/** The command, run in a namespace; null is our own. */
export function inNamespace(namespace: Namespace | null, command: Invocation): Invocation {
  if (namespace === null) return command;
  const { program, args } = command;
  // A name is entered by ip, which gives the command the namespace's own /sys as well.
  return namespace.name === null
    ? { program: 'nsenter', args: [`--net=${namespace.path}`, '--', program, ...args] }
    : { program: 'ip', args: ['netns', 'exec', namespace.name, program, ...args] };
}

/** Namespaces without a name that processes are in, each by the process of the lowest id; ours and named ones excepted. */
export function unnamedNamespaces(): { path: string; process: string }[] {
  const known = new Set([inode('/proc/self/ns/net'), ...namedNamespaces().map((name) => inodeOfMount(name))]);
  const found: { path: string; process: string }[] = [];
  for (const pid of processIds()) {
    const path = `/proc/${pid}/ns/net`;
    const id = inode(path);
    if (id === null || known.has(id)) continue;
    known.add(id);
    found.push({ path, process: processName(pid) });
  }
  return found;
}

function processIds(): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map(Number).sort((a, b) => a - b);
}

function processName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** The namespace's inode number, from the text of the link: `net:[4026531840]`. */
function inode(path: string): string | null {
  try {
    return /\[(\d+)\]/.exec(readlinkSync(path))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The inode of a named namespace, which is a mount and no link. */
function inodeOfMount(name: string): string | null {
  try {
    return String(statSync(`${NAMED}/${name}`).ino);
  } catch {
    return null;
  }
}
