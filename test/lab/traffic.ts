import type { Namespaces } from './namespaces.ts';

/** A command that makes traffic, in a namespace of the lab. */
export interface Traffic {
  namespace: string;
  command: string;
}

/** How a traffic command ended; what ping, arping or client.py says in its summary, where the command is one. */
export interface TrafficResult extends Traffic {
  exit: number | null;
  sent: number | null;
  received: number | null;
  output: string;
}

const PING_SUMMARY = /(\d+) packets transmitted, (\d+) (?:packets )?received/;
const CLIENT_SUMMARY = /(\d+) requests, (\d+) answered/;
const ARPING_SUMMARY = /Sent (\d+) probes?[\s\S]*Received (\d+) response/;

/** Runs commands one after the other; those of one step side by side. */
export async function makeTraffic(
  namespaces: Namespaces,
  steps: readonly (readonly Traffic[])[],
): Promise<TrafficResult[]> {
  const results: TrafficResult[] = [];
  for (const step of steps) {
    results.push(...(await Promise.all(step.map((traffic) => runTraffic(namespaces, traffic)))));
  }
  return results;
}

async function runTraffic(namespaces: Namespaces, traffic: Traffic): Promise<TrafficResult> {
  const { stdout, stderr, exit } = await namespaces.attempt(traffic.namespace, traffic.command);
  const output = stdout + stderr;
  const summary = PING_SUMMARY.exec(output) ?? ARPING_SUMMARY.exec(output) ?? CLIENT_SUMMARY.exec(output);
  return {
    ...traffic,
    exit,
    sent: summary === null ? null : Number(summary[1]),
    received: summary === null ? null : Number(summary[2]),
    output,
  };
}
