/** What a comparison of two runs says: every renderer of `vxtrace compare` is given this. */
import type { Evidence, Verdict } from './model.ts';

export const COMPARISON_SCHEMA_VERSION = 1;

/** What can differ, from what explains most to what explains least. */
export const DIFFERENCE_KINDS = [
  'mac',
  'vni',
  'port',
  'reserved-bits',
  'checksum',
  'mtu',
  'claims',
  'endpoints',
  'resolution',
  'host',
  'icmp-error',
  'losses',
  'absent',
  'late',
  'delay',
  'ttl',
] as const;

export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** One thing in both runs; a dash where a run does not have it. */
export interface ComparedValue {
  what: string;
  good: string;
  bad: string;
}

export interface Difference {
  kind: DifferenceKind;
  sentence: string;
  /** True when it touches what is unanswered in the bad run only. */
  explains: boolean;
  values: ComparedValue[];
  /** A frame of each run that shows it; null where there is none. */
  evidence: { good: Evidence | null; bad: Evidence | null };
}

export interface ComparedRun {
  captures: string[];
  /** What an analysis of the run alone says. */
  verdict: Verdict;
  requests: number;
  answered: number;
  unanswered: number;
  pending: number;
}

export interface Comparison {
  schemaVersion: number;
  tool: { name: string; version: string };
  /** Kind of the first difference; `same` when none matters, `not-aligned` when the runs have nothing in common. */
  verdict: { code: DifferenceKind | 'same' | 'not-aligned'; headline: string };
  good: ComparedRun;
  bad: ComparedRun;
  /** Captures that stand for each other; null for one that has no counterpart. */
  captures: { good: string | null; bad: string | null; alignedBy: 'name' | 'role' | null }[];
  differences: Difference[];
  /** Differences left out, by kind: there are more of the kind than anybody reads. */
  more: { kind: DifferenceKind; differences: number }[];
  /** What could not be compared, and what makes the comparison weaker. */
  notes: string[];
}
