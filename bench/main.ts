/**
 * `npm run bench -- [--packets N] [--runs N] [--limit PROGRAM]`: makes captures, measures the whole product and its
 * stages on them against the peers that are installed, in turn and in fresh processes, and writes docs/performance.md.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { capture, FLOWS } from './captures.ts';
import { analyze, contests, PROGRAM, peers } from './contests.ts';
import { measureInTurn, table } from './measure.ts';
import { growthPlot } from './plot.ts';
import { stageTable } from './stages.ts';

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

const sections: string[] = [];
for (const kind of ['icmp', 'mix'] as const) {
  const count = kind === 'icmp' ? packets : Math.round(packets * 0.57);
  const path = capture({ kind, packets: count });
  const results = measureInTurn(peers(path, values.limit), runs);
  const size = (statSync(path).size / 1e6).toFixed(0);
  const stages = await stageTable(path, Math.min(runs, 5));
  sections.push(`## ${kind}: ${count} packets, ${size} MB\n\n${table(results, count)}\n\n${stages}`);
}
for await (const { title, about, packets: count, commands, runs: most = runs } of contests(packets)) {
  const results = measureInTurn(commands, Math.min(runs, most));
  sections.push(`## ${title}\n\n${about}\n\n${table(results, count)}`);
}

const growth = GROWTH.map((share) => {
  const count = Math.round(packets * share);
  const commands = new Map([['vxtrace', analyze(capture({ kind: 'icmp', packets: count }))]]);
  const [result] = measureInTurn(commands, Math.min(runs, 3)).values();
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
inside the process, from the opened capture to its end, without start-up; compiling them is part of it. Each command ran
once before, so that vxtrace finds its compiled code. \`NODE_EXTRA_CA_CERTS\` is not set for what is measured: where it
is, every start of Node 20 takes longer by as much as reading the certificates does, 40 ms on this machine.

${sections.join('\n\n')}

## Growth

![seconds and megabytes over packets](growth.svg)

| packets | seconds | ns per packet | MB |
|---|---|---|---|
${rows.join('\n')}
`,
);
