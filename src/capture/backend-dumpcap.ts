/**
 * dumpcap, Wireshark's capture program, as a backend. It prints pcapng with the kernel's own timestamps, a
 * block of packets at a time and at the latest after a quarter of a second, and its counts as interface
 * statistics at its end.
 */
import { type Backend, findProgram, saysNotPermitted } from './live-backend.ts';

const BUFFER_MEBIBYTES = 64;

export const dumpcap: Backend = {
  name: 'dumpcap',
  clock: "the kernel's, in nanoseconds",
  weakness: null,
  usualSnapLength: 262_144,
  install: 'wireshark-common (dumpcap)',
  isGrantable: true,
  countersSignal: null,
  find: () => findProgram('dumpcap'),
  command: (program, { interfaceName, filter, snapLength }) => ({
    program,
    args: [
      ...['-i', interfaceName, '-q', '-n', '-s', String(snapLength), '-B', String(BUFFER_MEBIBYTES), '-w', '-'],
      ...(filter === null ? [] : ['-f', filter]),
    ],
  }),
  countersOf: () => null,
  lacksPrivilege: saysNotPermitted,
};
