/** What a live run tells while it goes on: one object an event, described in docs/live.md. Times are ISO 8601 UTC. */
import type { Finding, FindingCode, Flow, Severity, Tunnel, Verdict } from '../report/model.ts';

/** A source as the run began with it. */
export interface StartedSource {
  label: string;
  host: string | null;
  interface: string | null;
  namespace: string | null;
  /** Name of the backend; `command` for a command of the user's own, `ssh` for another host's tcpdump. */
  backend: string;
  /** Whose clock stamps its packets. */
  clock: string;
  filter: string | null;
}

/** Totals of a source since the run began. */
export interface SourceSummary {
  label: string;
  state: 'running' | 'ended' | 'died';
  packets: number;
  bytes: number;
  packetsPerSecond: number;
  bytesPerSecond: number;
  /** Packets that the capturing system dropped; null when it does not say. */
  dropped: number | null;
}

export type LiveEvent =
  | { event: 'started'; time: string; sources: StartedSource[]; windowSeconds: number; intervalSeconds: number }
  | { event: 'source-failed'; time: string; label: string; code: string; message: string }
  | { event: 'source-ended'; time: string; label: string; packets: number }
  | { event: 'source-died'; time: string; label: string; packets: number; message: string; stderr: string }
  | { event: 'finding-raised'; time: string; finding: Finding }
  | {
      event: 'finding-cleared';
      time: string;
      code: FindingCode;
      severity: Severity;
      title: string;
      subject: Finding['subject'];
      activeSeconds: number;
    }
  | {
      event: 'flow-summary';
      time: string;
      sources: SourceSummary[];
      tunnels: Tunnel[];
      flows: Flow[];
      /** Flows of the window that are not listed here. */
      flowsNotListed: number;
      activeFindings: number;
    }
  | { event: 'file-written'; time: string; label: string; file: string; packets: number; bytes: number }
  | { event: 'write-failed'; time: string; label: string; file: string; message: string }
  | { event: 'write-resumed'; time: string; label: string; file: string; packetsNotWritten: number }
  | { event: 'warning'; time: string; label: string | null; message: string }
  | { event: 'ended'; time: string; reason: EndReason; verdict: Verdict; report: string | null; exitStatus: number };

export type EndReason = 'signal' | 'duration' | 'count' | 'sources-ended' | 'output-closed';

/** Omit over a union, which TypeScript's own would flatten. */
type Untimed<Event> = Event extends { time: string } ? Omit<Event, 'time'> : never;

/** An event before it has its time. */
export type UntimedEvent = Untimed<LiveEvent>;
