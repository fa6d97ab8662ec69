/** What a live run is asked to do, and whom it tells. */
import type { LiveSource } from '../capture/live-source.ts';
import type { StatedMac } from '../findings/owners.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Report } from '../report/model.ts';
import type { BackendChoice } from './arrangement.ts';
import type { FileOptions } from './capture-files.ts';
import type { SourceSummary, UntimedEvent } from './events.ts';
import type { ActiveFinding } from './finding-watch.ts';

export interface SessionOptions {
  readonly sources: readonly LiveSource[];
  readonly backend: BackendChoice;
  /** The ssh program and its options, as a shell reads them. */
  readonly sshCommand: string;
  /** In the language of pcap-filter(7); null for the default of each interface. */
  readonly filter: string | null;
  /** Bytes kept per packet; null for what suits the backend. */
  readonly snapLength: number | null;
  readonly durationSeconds: number | null;
  readonly count: number | null;
  readonly intervalSeconds: number;
  /** Findings are judged over one to two times this. */
  readonly windowSeconds: number;
  readonly files: FileOptions | null;
  readonly hosts: readonly HostFacts[];
  readonly macs: readonly StatedMac[];
  readonly vnis: readonly number[];
  readonly vxlanPorts: readonly number[];
  readonly replyTimeoutSeconds: number;
}

/** What a view is shown: everything as it is now. */
export interface Snapshot {
  sources: SourceSummary[];
  /** The report over the sliding memory; null before there is one. */
  recent: Report | null;
  active: readonly ActiveFinding[];
  startedAt: number;
}

export interface SessionListener {
  event(event: UntimedEvent): void;
  snapshot(snapshot: Snapshot): void;
}
