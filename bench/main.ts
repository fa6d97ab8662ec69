/**
 * `npm run bench -- [--packets N] [--runs N] [--limit PROGRAM]`: makes captures, measures the whole product and its
 * stages on them against the peers that are installed, in turn and in fresh processes, and writes docs/performance.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Measured, measureInTurn } from './measure.ts';
import { PcapFile } from './pcap-file.ts';
import { growthPlot } from './plot.ts';
import { stageTable } from './stages.ts';
import { Traffic, type TrafficKind } from './traffic.ts';

const DATA = 'bench/data';
const PROGRAM = 'dist/vxtrace.js';
const FLOWS = { icmp: 20_000, mix: 2000 };
/** Packets of the growth series, as shares of the largest capture. */
const GROWTH = [0.2, 0.4, 1, 2, 4];

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '5000000' },
    runs: { type: 'string', default: '7' },
    limit: { type: 'string' },
  },
});
const packets = Number(values.packets);
const runs = Number(values.runs);
if (!(packets >= 1000 && runs >= 1)) throw new Error('--packets takes a number from 1000, --runs one from 1');
if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run npm run build first`);

/** A capture of that traffic, made when it is not there yet. */
function capture(kind: TrafficKind, count: number): string {
  mkdirSync(DATA, { recursive: true });
  const path = join(DATA, `${kind}-${count}.pcap`);
  if (existsSync(path)) return path;
  const file = new PcapFile(path);
  const traffic = new Traffic((time, bytes, length) => file.write(time, bytes, length), FLOWS[kind]);
  traffic[kind](count);
  file.close();
  return path;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

/** What is measured on a capture: by name, the command. */
function contestants(path: string): Map<string, string[]> {
  const commands = new Map([
    ['vxtrace analyze --format json', [process.execPath, PROGRAM, 'analyze', '--exit-zero', '-f', 'json', path]],
  ]);
  if (values.limit !== undefined) commands.set('reference program', [values.limit, path]);
  if (isInstalled('tcpdump')) {
    commands.set("tcpdump -w /dev/null 'udp port 4789'", ['tcpdump', '-r', path, '-w', '/dev/null', 'udp port 4789']);
  }
  if (isInstalled('capinfos')) commands.set('capinfos -c', ['capinfos', '-c', path]);
  commands.set('pcap-parser, counting only', [process.execPath, 'bench/count-with-pcap-parser.mjs', path]);
  return commands;
}

/** tshark is too slow for the large captures: a small one, with its own matching of echo requests and replies. */
function smallContest(count: number): string | null {
  if (!isInstalled('tshark')) return null;
  const path = capture('icmp', count);
  const commands = new Map([
    ['vxtrace analyze --format json', [process.execPath, PROGRAM, 'analyze', '--exit-zero', '-f', 'json', path]],
    ['tshark -q -z icmp,srt', ['tshark', '-r', path, '-q', '-z', 'icmp,srt']],
  ]);
  return table(measureInTurn(commands, Math.min(runs, 3)), count);
}

function table(results: ReadonlyMap<string, Measured>, count: number): string {
  const [own] = results.values();
  const rows = [...results].map(([name, { seconds, megabytes }]) => {
    const perPacket = ((seconds * 1e9) / count).toFixed(0);
    return `| ${name.replaceAll('|', '\\|')} | ${seconds.toFixed(2)} | ${perPacket} | ${(own.seconds / seconds).toFixed(2)} | ${megabytes.toFixed(0)} |`;
  });
  return ['| | seconds | ns per packet | vxtrace takes × | MB |', '|---|---|---|---|---|', ...rows].join('\n');
}

const sections: string[] = [];
for (const kind of ['icmp', 'mix'] as const) {
  const count = kind === 'icmp' ? packets : Math.round(packets * 0.57);
  const path = capture(kind, count);
  process.stderr.write(`${path}\n`);
  const results = measureInTurn(contestants(path), runs);
  const size = (statSync(path).size / 1e6).toFixed(0);
  process.stderr.write('stages\n');
  const stages = await stageTable(path, Math.min(runs, 5));
  sections.push(`## ${kind}: ${count} packets, ${size} MB\n\n${table(results, count)}\n\n${stages}`);
}
const small = Math.round(packets / 50);
const besideTshark = smallContest(small);
if (besideTshark !== null) sections.push(`## Beside tshark: ${small} packets of icmp\n\n${besideTshark}`);

const growth = GROWTH.map((share) => {
  const count = Math.round(packets * share);
  const path = capture('icmp', count);
  const [result] = measureInTurn(
    new Map([['vxtrace', contestants(path).values().next().value as string[]]]),
    Math.min(runs, 3),
  ).values();
  process.stderr.write(`${count} packets: ${result.seconds.toFixed(2)} s, ${result.megabytes.toFixed(0)} MB\n`);
  return { packets: count, ...result };
});
writeFileSync('docs/growth.svg', growthPlot(growth));
const rows = growth.map(
  ({ packets: count, seconds, megabytes }) =>
    `| ${count} | ${seconds.toFixed(2)} | ${((seconds * 1e9) / count).toFixed(0)} | ${megabytes.toFixed(0)} |`,
);
const [{ model }] = cpus();
writeFileSync(
  'docs/performance.md',
  `# Speed, as measured

Measured on ${new Date().toISOString().slice(0, 10)} with \`npm run bench -- --packets ${packets} --runs ${runs}\`: whole processes, start-up included,
one after the other in turn, medians of ${runs}. ${cpus().length} cores (${model.trim()}), Linux ${release()}, Node ${process.version}.
The captures are made by the benchmark itself, the same for everyone: \`icmp\` is VXLAN echoes in ${FLOWS.icmp} flows, 1 % of
them unanswered; \`mix\` is TCP, DNS, echoes and ARP in VXLAN, and packets outside it. To repeat: \`npm run build\`, then
the command above; \`--limit PROGRAM\` adds a program of your own that takes a capture as its argument. Stages are timed
inside the process, from the opened capture to its end, without start-up; compiling them is part of it.

${sections.join('\n\n')}

## Growth

![seconds and megabytes over packets](growth.svg)

| packets | seconds | ns per packet | MB |
|---|---|---|---|
${rows.join('\n')}
`,
);
