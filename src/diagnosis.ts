/** From what captures saw to the report: flows are joined, rules find what is wrong, the report says it. */
import type { Case } from './findings/case.ts';
import { Owners, type StatedMac } from './findings/owners.ts';
import { findAll } from './findings/rules.ts';
import { claims } from './flow/claims.ts';
import { FlowJoin } from './flow/join.ts';
import { selectFlows } from './flow/selection.ts';
import { tunnelDirections } from './flow/tunnel-direction.ts';
import type { Vantage } from './flow/vantage.ts';
import { tunnelEndpoints, vantageKind } from './flow/vantage-kind.ts';
import { emptyFacts, type HostFacts } from './host/facts.ts';
import type { ObservedCapture } from './observe.ts';
import { assembleReport } from './report/assemble.ts';
import { captureNotes } from './report/capture-notes.ts';
import type { StreamedReport } from './report/model.ts';

/** One capture to analyse. */
export interface CaptureInput {
  /** A file, or `-` for standard input. */
  path: string;
  label: string;
  /** The host it was taken on; null when unknown. Captures of one host share a clock. */
  host: string | null;
  interfaceName: string | null;
}

/** What is known besides the captures. */
export interface DiagnosisOptions {
  hosts?: readonly HostFacts[];
  macs?: readonly StatedMac[];
  /** Default 1. */
  replyTimeoutSeconds?: number;
}

/** The report, and the case it was made from: what the report sums up, with every flow and its link layer. */
export interface Diagnosis {
  subject: Case;
  report: StreamedReport;
}

/** From observations to the report; what `analyze` does after reading. */
export function diagnose(
  captures: readonly CaptureInput[],
  observed: readonly ObservedCapture[],
  options: DiagnosisOptions,
): Diagnosis {
  const { hosts = [], macs = [], replyTimeoutSeconds = 1 } = options;
  const vantages = vantagesOf(captures, observed, hosts);
  const owners = new Owners(hosts, macs, vantages.flatMap(claims));
  const join = new FlowJoin(vantages, { replyTimeoutNanoseconds: replyTimeoutSeconds * 1e9, ownership: owners });
  const selection = selectFlows(join.flows());
  const notes = vantages.map((vantage, index) => captureNotes(vantage, observed[index]));
  const subject: Case = {
    vantages,
    captures: notes,
    flows: selection.flows,
    tunnels: vantages.flatMap(tunnelDirections),
    hosts,
    owners,
    surroundings: join.surroundings,
    replyTimeoutSeconds,
  };
  const files = captures.map(({ path }) => (path === '-' ? null : path));
  const findings = findAll(subject);
  return { subject, report: assembleReport({ subject, selection, findings, observed, files, packets: join.packets }) };
}

function vantagesOf(
  captures: readonly CaptureInput[],
  observed: readonly ObservedCapture[],
  hosts: readonly HostFacts[],
): Vantage[] {
  const endpoints = new Set(observed.flatMap(({ observations }) => [...tunnelEndpoints(observations)]));
  for (const { vxlan } of hosts.flatMap(({ interfaces }) => interfaces)) {
    if (vxlan?.local != null) endpoints.add(vxlan.local);
    if (vxlan?.remote != null) endpoints.add(vxlan.remote);
  }
  return captures.map(({ label, host, interfaceName }, index) => {
    const { observations, source } = observed[index];
    const endTime = endOf(source, observations.lastTime);
    const place = host === null ? placeOf(label, captures.length, hosts) : { host, interfaceName };
    const kind = vantageKind(observations, endpoints);
    return { index, label, kind, observations, ...(endTime === null ? {} : { endTime }), ...place };
  });
}

/** A capture may have run on for days without a packet. An end later than this is a time in another unit, or none. */
const LONGEST_SILENCE = 366 * 86_400 * 1e9;

/**
 * When the last interface of a capture stopped capturing, which it did not before its last packet; null when one does not
 * say, or says what cannot be. A capture that breaks off ends with the last packet that can be read.
 */
function endOf({ interfaces, complete }: ObservedCapture['source'], lastTime: number): number | null {
  if (Number.isNaN(lastTime)) return null;
  if (!complete) return lastTime;
  if (interfaces.some(({ endTime }) => endTime === undefined || endTime > lastTime + LONGEST_SILENCE)) return null;
  return interfaces.reduce((latest, { endTime = latest }) => Math.max(latest, endTime), lastTime);
}

/**
 * The host a label without HOST names: `podvm-vxlan0` is taken on `podvm` when a host file is called
 * so. A single capture that is called as an interface of the single host file was taken there.
 */
function placeOf(
  label: string,
  captures: number,
  hosts: readonly HostFacts[],
): { host: string | null; interfaceName: string | null } {
  const named = hosts.filter(
    ({ host }) => label === host || /^[-_.:@ ]/.test(label.startsWith(host) ? label.slice(host.length) : ''),
  );
  const [facts] = named.sort((a, b) => b.host.length - a.host.length);
  const only =
    captures === 1 && hosts.length === 1 ? hosts.find(({ interfaces }) => has(interfaces, label)) : undefined;
  const { host, interfaces } = facts ?? only ?? emptyFacts('');
  if (host === '') return { host: null, interfaceName: null };
  const rest = facts === undefined ? label : label.slice(host.length + 1);
  return { host, interfaceName: has(interfaces, rest) ? rest : null };
}

function has(interfaces: HostFacts['interfaces'], wanted: string): boolean {
  return interfaces.some(({ name }) => name === wanted);
}
