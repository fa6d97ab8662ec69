/** Everything the rules may look at: flows, captures, tunnels, and what the hosts say of themselves. */
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { Surroundings } from '../flow/surroundings.ts';
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { HostFacts } from '../host/facts.ts';
import type { Finding } from './finding.ts';
import type { Owners } from './owners.ts';

/** A capture, and what is wrong with it. */
export interface CaptureCondition {
  vantage: Vantage;
  /** False when it ends in the middle of a record. */
  complete: boolean;
  warnings: readonly string[];
  /** Packets that the capturing system says it dropped; null when it does not say. */
  dropped: number | null;
}

export interface Case {
  vantages: readonly Vantage[];
  captures: readonly CaptureCondition[];
  /** Flows with trouble, all of them up to a limit, and of the others as many as the report lists. */
  flows: readonly JoinedFlow[];
  tunnels: readonly TunnelDirection[];
  hosts: readonly HostFacts[];
  owners: Owners;
  surroundings: Surroundings;
  replyTimeoutSeconds: number;
}

/** A rule looks at the case and says what it finds; it knows no other rule and no renderer. */
export type Rule = (subject: Case) => Finding[];
