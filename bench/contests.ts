/** What is measured against what: the commands, by name. The first of each contest is what the others are compared with. */
import { spawnSync } from 'node:child_process';
import { capture, compressed } from './captures.ts';

export const PROGRAM = 'dist/vxtrace.js';
const VXTRACE = [process.execPath, PROGRAM];
const HOUR = 3_600_000_000;

export interface Contest {
  title: string;
  about: string;
  packets: number;
  commands: Map<string, string[]>;
  /** Runs at most, where one takes minutes. */
  runs?: number;
}

export function analyze(...paths: string[]): string[] {
  return [...VXTRACE, 'analyze', '--exit-zero', '-f', 'json', ...paths];
}

/** vxtrace, and what else goes through a whole capture; `limit` is a program of the reader's own. */
export function peers(path: string, limit?: string): Map<string, string[]> {
  const commands = new Map([['vxtrace analyze --format json', analyze(path)]]);
  if (limit !== undefined) commands.set('reference program', [limit, path]);
  offer(commands, 'tcpdump', "tcpdump -w /dev/null 'udp port 4789'", ['-r', path, '-w', '/dev/null', 'udp port 4789']);
  offer(commands, 'capinfos', 'capinfos -c', ['-c', path]);
  commands.set('pcap-parser, counting only', [process.execPath, 'bench/count-with-pcap-parser.mjs', path]);
  return commands;
}

/** Everything else that is measured, in sizes that go with a largest capture of `packets`. */
export async function* contests(packets: number): AsyncGenerator<Contest> {
  const near = capture({ kind: 'icmp', packets });
  const far = capture({ kind: 'icmp', packets, microseconds: HOUR });
  const ends = new Map([
    ['vxtrace, both captures', analyze(near, far)],
    ['vxtrace, one capture', analyze(near)],
  ]);
  offer(ends, 'taskset', 'vxtrace, one capture on one core', ['-c', '0', ...analyze(near)]);
  yield {
    title: 'Both ends',
    about:
      'The same traffic in two captures, one clock an hour ahead of the other. Of two captures each has a core; one ' +
      'capture is read on one core and observed on the other, so on two cores the second capture is not for free.',
    packets,
    commands: ends,
  };

  const packed = await compressed(near);
  const unpacking = new Map([['vxtrace, the capture compressed with gzip', analyze(packed)]]);
  offer(unpacking, 'gzip', 'gzip -dc', ['-dc', packed]);
  yield { title: 'Compressed', about: 'Unpacking is part of it.', packets, commands: unpacking };

  const small = 'captures/peer-pods-broken/podvm-vxlan0.pcap';
  yield {
    title: 'Start-up',
    about: 'Times per packet mean nothing here.',
    packets: 1,
    commands: new Map([
      ['vxtrace --help', [...VXTRACE, '--help']],
      ['vxtrace, a capture of a few packets', [...VXTRACE, 'analyze', '--exit-zero', small]],
      ['node -e 0', [process.execPath, '-e', '0']],
    ]),
  };

  const lines = packets / 5;
  const few = capture({ kind: 'icmp', packets: lines, flows: 16 });
  const printing = new Map([
    ['vxtrace decode', [...VXTRACE, 'decode', few]],
    ['vxtrace decode --json', [...VXTRACE, 'decode', '--json', few]],
  ]);
  offer(printing, 'tcpdump', 'tcpdump -nn', ['-nn', '-r', few]);
  yield { title: 'Printing', about: 'A line a packet, echoes in 16 flows.', packets: lines, commands: printing };

  const fewer = packets / 50;
  const sample = capture({ kind: 'icmp', packets: fewer });
  const dissecting = new Map([
    ['vxtrace decode', [...VXTRACE, 'decode', sample]],
    ['vxtrace analyze --format json', analyze(sample)],
  ]);
  offer(dissecting, 'tshark', 'tshark', ['-r', sample]);
  offer(dissecting, 'tshark', 'tshark -q -z icmp,srt', ['-r', sample, '-q', '-z', 'icmp,srt']);
  yield { title: 'Beside tshark', about: 'A smaller capture of `icmp`.', packets: fewer, commands: dissecting };

  const listing = new Map([['vxtrace decode', [...VXTRACE, 'decode', near]]]);
  offer(listing, 'tshark', 'tshark -n', ['-n', '-r', near]);
  yield {
    title: 'Beside tshark, a large capture',
    about: 'One run each of `icmp`.',
    packets,
    commands: listing,
    runs: 1,
  };

  const many = (packets * 4) / 5;
  const flows = packets / 5;
  yield {
    title: 'Many flows',
    about: `Four packets in each of ${flows} flows.`,
    packets: many,
    commands: new Map([['vxtrace analyze --format json', analyze(capture({ kind: 'icmp', packets: many, flows }))]]),
  };
}

/** Adds a command of another program where that is installed. */
function offer(commands: Map<string, string[]>, program: string, name: string, args: string[]): void {
  if (spawnSync(program, ['--version']).error === undefined) commands.set(name, [program, ...args]);
}
