import type { FindingCode, FlowProtocol, Loss } from '../../src/report/model.ts';
import type { HostNamespace } from './hostFacts.ts';
import type { RelayLog, RelayRule } from './relay.ts';
import type { CapturePoint } from './tcpdump.ts';
import type { TopologyOptions } from './topology.ts';
import type { Traffic, TrafficResult } from './traffic.ts';

/** What a report on the scenario's captures must say; labels are file names without extension. */
export interface Expected {
  verdict: FindingCode | 'healthy';
  losses: (Loss & { protocol: FlowProtocol })[];
  /** Codes of all findings of severity error. */
  findings: FindingCode[];
}

/** What was truly sent and what became of it, from the senders' own summaries and the relay's log. */
export interface Truth {
  traffic: readonly TrafficResult[];
  relay: RelayLog;
}

/** One thing broken (or nothing), the traffic that shows it, and what a report must say of it. */
export interface Scenario {
  name: string;
  title: string;
  /** What differs from the working set-up. */
  topology?: TopologyOptions;
  /** Namespaces beside those of the case, on one of its hosts. */
  namespaces?: readonly HostNamespace[];
  /** Servers, started before the captures. */
  services?: readonly Traffic[];
  /** Commands that break something in the finished set-up, before the captures begin. */
  breaks?: readonly Traffic[];
  wire?: readonly RelayRule[];
  /** Steps one after the other, the commands of a step side by side. */
  traffic: readonly (readonly Traffic[])[];
  /** The four points of the case when absent. */
  points?: readonly CapturePoint[];
  /** Commands whose output belongs to the host files of this scenario. */
  facts?: readonly { namespace: string; command: string }[];
  /** Commands that set right what is broken besides the wire. */
  cure?: readonly Traffic[];
  /** True when the captures must end right after the last request, without the datagram that marks the end. */
  abruptEnd?: boolean;
  expected(truth: Truth): Expected;
}

/** What a run made: also the contents of scenario.json. */
export interface ScenarioResult {
  name: string;
  title: string;
  /** What was run in which namespace to break things and to make traffic. */
  commands: string[];
  wire: readonly RelayRule[];
  /** How each traffic command ended. */
  traffic: Omit<TrafficResult, 'output'>[];
  /** Of the first ping: its exit status and summary. */
  pingExit: number | null;
  sent: number | null;
  received: number | null;
  /** Captures made, as file names. */
  captures: string[];
  /** Files for `--host`, by host. */
  hosts: Record<string, string>;
  expected: Expected;
}
