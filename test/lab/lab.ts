import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHostFacts } from './hostFacts.ts';
import { Namespaces } from './namespaces.ts';
import { Relay } from './relay.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { type CapturePoint, Tcpdump } from './tcpdump.ts';
import { buildTopology, WORKER_OVERLAY } from './topology.ts';
import { makeTraffic, wordsOf } from './traffic.ts';

export { labAvailability } from './availability.ts';
export type { Expected, Scenario, ScenarioResult } from './scenario.ts';
export { scenarios } from './scenarios.ts';

/** Where the case was captured: the worker's bridge, both ends of the wire, the pod VM's tunnel device. */
const POINTS: readonly CapturePoint[] = [
  { label: 'worker-br-int', namespace: 'worker', interface: 'br-int', precision: 'micro' },
  { label: 'worker-ens3', namespace: 'worker', interface: 'ens3', precision: 'micro' },
  { label: 'podvm-ens2', namespace: 'podvm', interface: 'ens2', precision: 'nano' },
  { label: 'podvm-vxlan0', namespace: 'podns', interface: 'vxlan0', precision: 'nano' },
];

/** Longer than the analyzer's default reply timeout, so that nothing unanswered is still pending. */
const QUIET_MILLISECONDS = 1200;

/** A multicast datagram that nobody answers marks the end of the captures: they were alive until then. */
const FAREWELL = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("${WORKER_OVERLAY}"))
s.sendto(b"end of scenario", ("239.255.0.1", 9))
`;

/**
 * Builds the named scenario in network namespaces, makes its traffic, and writes captures, host files
 * and scenario.json into the folder. Everything on the machine is removed again, also when it fails or
 * is interrupted. Throws when the name is unknown, when a command fails, or when not run as root.
 */
export async function runScenario(name: string, folder: string): Promise<ScenarioResult> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  const target = resolve(folder);
  await mkdir(target, { recursive: true });
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const namespaces = new Namespaces(interruption.signal);
  try {
    return await perform(scenario, namespaces, target);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    namespaces.removeAll();
  }
}

async function perform(scenario: Scenario, namespaces: Namespaces, folder: string): Promise<ScenarioResult> {
  const points = scenario.points ?? POINTS;
  await buildTopology(namespaces, scenario.topology ?? {});
  const relay = await Relay.start(namespaces, scenario.wire ?? [], 1);
  const breaks = scenario.breaks ?? [];
  for (const { namespace, command } of breaks) await namespaces.run(namespace, wordsOf(command));

  const captures = await Promise.all(
    points.map((point) => Tcpdump.start(namespaces, point, join(folder, `${point.label}.pcap`))),
  );
  const traffic = await makeTraffic(namespaces, scenario.traffic);
  if (!scenario.abruptEnd) {
    await sleep(QUIET_MILLISECONDS);
    await namespaces.run('worker', ['python3', '-c', FAREWELL]);
  }
  await Promise.all(captures.map((capture) => capture.stop()));

  const facts = await readHostFacts(namespaces, scenario.facts ?? []);
  for (const { host, text } of facts) await writeFile(join(folder, `${host}.txt`), text);
  const ping = traffic.find((one) => one.sent !== null);
  const result: ScenarioResult = {
    name: scenario.name,
    title: scenario.title,
    commands: [...breaks, ...scenario.traffic.flat()].map(({ namespace, command }) => `${namespace}: ${command}`),
    wire: scenario.wire ?? [],
    pingExit: ping?.exit ?? null,
    sent: ping?.sent ?? null,
    received: ping?.received ?? null,
    captures: points.map((point) => `${point.label}.pcap`),
    hosts: Object.fromEntries(facts.map(({ host }) => [host, `${host}.txt`])),
    expected: scenario.expected({ traffic, relay: await relay.stop() }),
  };
  await writeFile(join(folder, 'scenario.json'), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}
