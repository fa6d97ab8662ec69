/** Processes of this machine, as /proc shows them. */
import { readFileSync } from 'node:fs';

/** What the kernel says of a process, by field. */
export function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2)));
}

/** The processes that it started, and those that they started. */
export function childrenOf(pid: number): number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...childrenOf(child)]);
}

/** False for one that is only not waited for. */
export function isAlive(pid: number): boolean {
  try {
    return statusOf(pid)['State'][0] !== 'Z';
  } catch {
    return false;
  }
}
