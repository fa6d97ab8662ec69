/** A flow as all captures together saw it. */
import type { Sighting } from './sighting.ts';
import type { Vantage } from './vantage.ts';

export type JoinedProtocol = 'icmp-echo' | 'icmpv6-echo' | 'arp' | 'ndp' | 'tcp-connect' | 'dns';

/** A packet of an exchange that was lost, and where it stands. */
export interface LossFrame {
  vantage: Vantage;
  frame: number;
  /** True for a reply: the last that was seen of the exchange. */
  isReply: boolean;
}

/** Where unanswered exchanges ended. */
export interface JoinedLoss {
  /** Seen at `after` and no further; with `no-reply` it reached the last vantage point and no reply was seen there. */
  stage: 'request' | 'no-reply' | 'reply';
  after: Vantage;
  before: Vantage | null;
  count: number;
  /** The first few: the last packet seen of the exchange at `after`, and for a lost reply the request that waits for it. */
  frames: LossFrame[];
  /** Sizes of the smallest of these requests, in bytes of the IP packet; 0 when unknown. */
  smallest: number;
}

export interface JoinedFlow {
  protocol: JoinedProtocol;
  ipVersion: 4 | 6;
  /** VNI it was seen in; null when it was never seen encapsulated. */
  vni: number | null;
  /** VNI of the replies where it is another. Null for bare, undefined when it is the same. */
  replyVni: number | null | undefined;
  source: string;
  destination: string;
  identifier: number | null;
  requests: number;
  answered: number;
  unanswered: number;
  pending: number;
  late: number;
  refused: number;
  duplicateRequests: number;
  duplicateReplies: number;
  retransmitted: number;
  unmatchedReplies: number;
  losses: JoinedLoss[];
  rttMicroseconds: { min: number; median: number; p99: number; max: number } | null;
  /** Vantage points in the order a request passes them. */
  path: Vantage[];
  /** False when the order is a guess. */
  pathCertain: boolean;
  sightings: Sighting[];
  /** Largest answered request and largest request, in bytes of the IP packet; 0 when unknown. */
  largestAnswered: number;
  largestRequest: number;
  smallestUnanswered: number;
}
