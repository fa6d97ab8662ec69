/**
 * The npm package cap (libpcap inside Node) as a backend, in a process of its own: it takes its process down
 * when the interface goes away. It hands over neither timestamps nor counts, so packets get the time when
 * they arrive in that process.
 */
import { createRequire } from 'node:module';
import { builtProgram } from './built-program.ts';
import { type Backend, saysNotPermitted } from './live-backend.ts';

export const cap: Backend = {
  name: 'cap',
  clock: "this machine's, when a packet arrives in a process",
  weakness:
    'captured with cap, which keeps no time and counts no drops: times are those of arrival in a process, and losses of the capture itself go unnoticed',
  usualSnapLength: 65_535,
  install: 'the npm package cap (with libpcap-dev)',
  isGrantable: false,
  countersSignal: null,
  find: () => (isInstalled() ? builtProgram('cap-process') : null),
  command: (program, { interfaceName, filter, snapLength }) => ({
    program: process.execPath,
    args: [program, interfaceName, String(snapLength), filter ?? ''],
  }),
  // What libpcap lost nobody knows; what this process could not hand on it counts.
  countersOf: (messages) => {
    const counts = /(\d+) packets received by filter\n(\d+) packets dropped by this process/.exec(messages);
    return counts === null || counts[2] === '0' ? null : { received: Number(counts[1]), dropped: Number(counts[2]) };
  },
  lacksPrivilege: saysNotPermitted,
};

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('cap');
    return true;
  } catch {
    return false;
  }
}
