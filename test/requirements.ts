/** What some tests need and not every machine has. A test that lacks it is skipped with a reason, but never in CI. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { labAvailability } from './lab/availability.ts';

/** A folder of captures by others with a `truth.json`; it is no part of the project, so CI does without. */
export const CORPUS = process.env['VXTRACE_CORPUS'] ?? resolve(import.meta.dirname, '../../shared/corpus');

const ROOT = resolve(import.meta.dirname, '..');

interface Requirement {
  readonly available: boolean;
  /** Why it is not available; empty when it is. */
  readonly reason: string;
}

type Name =
  | 'tshark'
  | 'capinfos'
  | 'tcpdump'
  | 'zstd'
  | 'chromium'
  | 'corpus'
  | 'root'
  | 'lab'
  | 'dumpcap'
  | 'cap'
  | 'setpriv'
  | 'setcap'
  | 'sshd';

/**
 * Whether `name` is there.
 *
 * @throws Error when it is not and the environment variable CI is set, so that CI cannot pass by skipping.
 */
export function requirement(name: Name): Requirement {
  const reason = missing(name);
  const excused = name === 'corpus' && process.env['VXTRACE_CORPUS'] === undefined;
  if (reason !== '' && process.env['CI'] && !excused) throw new Error(`CI must not skip tests: ${reason}`);
  return { available: reason === '', reason };
}

function missing(name: Name): string {
  if (name === 'lab') return labAvailability().reason;
  if (name === 'root') return process.getuid?.() === 0 ? '' : 'not root';
  if (name === 'corpus') return existsSync(join(CORPUS, 'truth.json')) ? '' : `no corpus at ${CORPUS}`;
  if (name === 'cap')
    return existsSync(join(ROOT, 'node_modules/cap/build/Release/cap.node')) ? '' : 'cap is not built';
  if (name === 'sshd') return existsSync('/usr/sbin/sshd') ? '' : 'openssh-server is not installed';
  return spawnSync(name, ['--version']).error === undefined ? '' : `${name} is not installed`;
}
