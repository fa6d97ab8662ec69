/**
 * tcpdump as a backend. It prints pcap with the kernel's own timestamps in nanoseconds, and its counts
 * on stderr: at its end, and on SIGUSR1.
 */
import { type Backend, type CaptureCounters, findProgram, saysNotPermitted } from './live-backend.ts';

/** KiB of the ring that the kernel fills: 65536 packets of the usual snap length, time for us to be late. */
const BUFFER_KIBIBYTES = 128 * 1024;
const COUNTS = /(\d+) packets? received by filter[\s\S]*?(\d+) packets? dropped by kernel/g;

export const tcpdump: Backend = {
  name: 'tcpdump',
  clock: "the kernel's, in nanoseconds",
  weakness: null,
  // In immediate mode every packet takes a slot of this size and a header in the ring: two of these fit in a page.
  usualSnapLength: 1900,
  install: 'tcpdump',
  isGrantable: true,
  countersSignal: 'SIGUSR1',
  find: () => findProgram('tcpdump'),
  command: (program, { interfaceName, filter, snapLength }) => ({
    program,
    args: [
      ...['-i', interfaceName, '-n', '-U', '--immediate-mode', '-s', String(snapLength)],
      ...['-B', String(BUFFER_KIBIBYTES), '--time-stamp-precision=nano', '-w', '-'],
      // As root it becomes nobody once the device is open; not every build does so by itself.
      ...(process.getuid?.() === 0 ? ['-Z', 'nobody'] : []),
      ...(filter === null ? [] : ['--', filter]),
    ],
  }),
  countersOf: lastCounts,
  lacksPrivilege: saysNotPermitted,
};

/** The counts tcpdump told last: at its end on lines of their own, on a signal on one line. */
export function lastCounts(messages: string): CaptureCounters | null {
  const last = [...messages.matchAll(COUNTS)].at(-1);
  return last === undefined ? null : { received: Number(last[1]), dropped: Number(last[2]) };
}
