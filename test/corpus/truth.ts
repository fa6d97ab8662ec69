/** What tshark says of the captures of others: `truth.json`, as far as it is compared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS, requirement } from '../requirements.ts';

interface EchoTruth {
  requests: number;
  replies: number;
  /** Requests without a response in tshark's own pairing, and those that go to a group. */
  tshark_no_response: number;
  requests_to_multicast_or_broadcast: number;
  /** Pairing by addresses, identifier and sequence number alone. */
  by_key: { unanswered_requests: number };
}

interface TunnelTruth {
  frames: number;
  headers_per_vni: Record<string, number>;
}

export interface ProtocolTruth {
  vxlan: TunnelTruth;
  geneve: TunnelTruth;
  icmpv4: { echo: EchoTruth };
  icmpv6: { echo: EchoTruth };
  arp: { requests: number; replies: number };
}

export interface FileTruth {
  readable: boolean;
  packets: number;
  /** Null where tshark saw no packet. */
  truth: ProtocolTruth | null;
}

export const corpus = requirement('corpus');

/** The entries of `truth.json` by file name; none without the corpus. */
export const corpusFiles: [string, FileTruth][] = corpus.available
  ? Object.entries(JSON.parse(readFileSync(join(CORPUS, 'truth.json'), 'utf8')).files as Record<string, FileTruth>)
  : [];
