import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHostFacts } from './hostFacts.ts';
import { Namespaces } from './namespaces.ts';
import { POINTS } from './points.ts';
import { Relay } from './relay.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { startService } from './service.ts';
import { type CapturePoint, Tcpdump } from './tcpdump.ts';
import { buildTopology, tunnelDevice, WORKER_OVERLAY } from './topology.ts';
import { makeTraffic, type TrafficResult } from './traffic.ts';

export { labAvailability } from './availability.ts';
export type { ScenarioResult } from './scenario.ts';
export { scenarios } from './scenarios.ts';

/** Longer than the analyzer's default reply timeout, so that nothing unanswered is still pending. */
const QUIET_MILLISECONDS = 1200;

/** A multicast datagram that nobody answers marks the end of the captures: they were alive until then. */
const FAREWELL = `python3 test/lab/client.py multicast ${WORKER_OVERLAY} 'end of scenario'`;

/** What goes on in a scenario's network beside the lab's own captures. */
export interface Companion {
  /** Called when everything is built; the traffic begins when it resolves. */
  begin(namespaces: Namespaces, scenario: Scenario, points: readonly CapturePoint[]): Promise<void>;
  /** Called when the traffic is over and the lab's own captures end. */
  end(): Promise<void>;
  /** Called before a curable scenario's cure is applied and its wire is made anew, without faults. */
  beforeCure(): void;
  /** Called with what became of the same traffic after the cure. */
  cured(traffic: readonly TrafficResult[]): Promise<void>;
}

/**
 * Builds the named scenario in network namespaces, makes its traffic, and writes captures, host files
 * and scenario.json into the folder. Everything on the machine is removed again, also when it fails or
 * is interrupted. Throws when the name is unknown, when a command fails, or when not run as root.
 */
export async function runScenario(name: string, folder: string, companion?: Companion): Promise<ScenarioResult> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  const target = resolve(folder);
  await mkdir(target, { recursive: true });
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const namespaces = new Namespaces(interruption.signal);
  try {
    const result = await perform(scenario, namespaces, target, companion);
    if (companion !== undefined && isCurable(scenario)) {
      companion.beforeCure();
      await companion.cured(await cure(scenario, namespaces));
    }
    return result;
  } catch (error) {
    throw interruption.signal.aborted ? interruption.signal.reason : error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    namespaces.removeAll();
  }
}

/** True when the scenario can be set right: its wire does harm, or it says how. */
export function isCurable({ wire = [], cure }: Scenario): boolean {
  return cure !== undefined || wire.some(({ action }) => action === 'drop' || action === 'corrupt');
}

async function cure(scenario: Scenario, namespaces: Namespaces): Promise<TrafficResult[]> {
  await Relay.start(namespaces, [], 1);
  for (const { namespace, command } of scenario.cure ?? []) await namespaces.run(namespace, command);
  return makeTraffic(namespaces, scenario.traffic);
}

async function perform(
  scenario: Scenario,
  namespaces: Namespaces,
  folder: string,
  companion?: Companion,
): Promise<ScenarioResult> {
  const points = scenario.points ?? POINTS;
  const topology = scenario.topology ?? {};
  await buildTopology(namespaces, topology);
  const relay = await Relay.start(namespaces, scenario.wire ?? [], 1);
  for (const { namespace } of scenario.namespaces ?? []) await namespaces.add(namespace, { ipv6: false });
  const breaks = scenario.breaks ?? [];
  for (const { namespace, command } of breaks) await namespaces.run(namespace, command);
  const services = scenario.services ?? [];
  for (const { namespace, command } of services) await startService(namespaces, namespace, command);

  const captures = await Promise.all(
    points.map((point) => Tcpdump.start(namespaces, point, join(folder, `${point.label}.pcap`))),
  );
  await companion?.begin(namespaces, scenario, points);
  const traffic = await makeTraffic(namespaces, scenario.traffic);
  if (!scenario.abruptEnd) {
    await sleep(QUIET_MILLISECONDS);
    await namespaces.run('worker', FAREWELL);
  }
  await Promise.all([companion?.end(), ...captures.map((capture) => capture.stop())]);

  const redirects = ['eth0', tunnelDevice(topology, 'worker')].map((device) => ({
    namespace: 'pod',
    command: `tc filter show dev ${device} ingress`,
  }));
  const asked = [...redirects, ...(scenario.facts ?? [])];
  const facts = await readHostFacts(namespaces, scenario.namespaces ?? [], asked);
  for (const { host, text } of facts) await writeFile(join(folder, `${host}.txt`), text);
  const ping = traffic.find((one) => one.command.startsWith('ping '));
  const result: ScenarioResult = {
    name: scenario.name,
    title: scenario.title,
    commands: [...breaks, ...services, ...scenario.traffic.flat()].map(
      ({ namespace, command }) => `${namespace}: ${command}`,
    ),
    wire: scenario.wire ?? [],
    traffic: traffic.map(({ output: _, ...summary }) => summary),
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
