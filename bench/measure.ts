/** Whole processes, measured in turn: A B C, A B C, …, so that a machine that slows down slows all of them down. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface Measured {
  /** Median of the wall times. */
  seconds: number;
  /** Most resident memory of any run, in megabytes; 0 where GNU time is not installed. */
  megabytes: number;
}

const GNU_TIME = '/usr/bin/time';

/** Node reads the certificates that this names each time it starts, before it runs anything; most machines do not set it. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

/** Runs every command `runs` times after one run that does not count. Output goes to /dev/null. */
export function measureInTurn(commands: ReadonlyMap<string, readonly string[]>, runs: number): Map<string, Measured> {
  const seconds = new Map<string, number[]>([...commands.keys()].map((name) => [name, []]));
  const megabytes = new Map<string, number>();
  const hasTime = spawnSync(GNU_TIME, ['--version']).error === undefined;
  const nowhere = openSync('/dev/null', 'w');
  for (let run = 0; run <= runs; run++) {
    for (const [name, command] of commands) {
      const [program, ...args] = hasTime ? [GNU_TIME, '-f', '%M', ...command] : command;
      const start = process.hrtime.bigint();
      const { stderr, error } = spawnSync(program, args, {
        stdio: ['ignore', nowhere, 'pipe'],
        encoding: 'utf8',
        env: ENVIRONMENT,
      });
      const took = Number(process.hrtime.bigint() - start) / 1e9;
      if (error !== undefined) throw error;
      process.stderr.write(`${name}: ${took.toFixed(2)} s\n`);
      if (run === 0) continue;
      seconds.get(name)?.push(took);
      const kilobytes = Number(stderr.trim().split('\n').pop());
      if (hasTime && kilobytes > 0) megabytes.set(name, Math.max(megabytes.get(name) ?? 0, kilobytes / 1000));
    }
  }
  closeSync(nowhere);
  return new Map(
    [...seconds].map(([name, times]) => [name, { seconds: median(times), megabytes: megabytes.get(name) ?? 0 }]),
  );
}

function median(times: number[]): number {
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

/** What was measured, as a table; the first row is what the others are compared with. */
export function table(results: ReadonlyMap<string, Measured>, packets: number): string {
  const [own] = results.values();
  const rows = [...results].map(([name, { seconds, megabytes }]) => {
    const perPacket = ((seconds * 1e9) / packets).toFixed(0);
    return `| ${name.replaceAll('|', '\\|')} | ${seconds.toFixed(seconds < 0.2 ? 3 : 2)} | ${perPacket} | ${(own.seconds / seconds).toFixed(2)} | ${megabytes.toFixed(0)} |`;
  });
  const head = '| | seconds | ns per packet | the first takes × | MB |\n|---|---|---|---|---|';
  return [head, ...rows].join('\n');
}
