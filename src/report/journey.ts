/** How far the requests of a flow came, and how far back their replies: counts per hop between vantage points. */
import type { Flow } from './model.ts';

/** What happened between two neighbouring points. */
export interface Hop {
  /** Requests that went on to the further point, and those last seen at the nearer one. */
  requests: number;
  requestsLost: number;
  /** Replies that came on to the nearer point, and those last seen at the further one. */
  replies: number;
  repliesLost: number;
}

/**
 * Returns one hop more than the flow's path has vantage points: from the source to the first of them,
 * between neighbours, and from the last one to the destination. On that last hop `requestsLost` are
 * the requests without a reply there: no capture can tell whether they arrived.
 */
export function journey(flow: Flow): Hop[] {
  const last = flow.path.length;
  const requestsLost = new Array<number>(last + 1).fill(0);
  const repliesLost = new Array<number>(last + 1).fill(0);
  for (const loss of flow.losses) {
    const at = flow.path.indexOf(loss.after);
    if (loss.stage === 'no-reply') requestsLost[last]! += loss.count;
    else if (loss.stage === 'request') requestsLost[at === -1 ? last : at + 1]! += loss.count;
    else repliesLost[at === -1 ? last : at]! += loss.count;
  }
  const hops: Hop[] = [];
  let requests = flow.requests;
  let replies = flow.answered;
  for (let hop = 0; hop <= last; hop++) {
    requests = Math.max(0, requests - requestsLost[hop]!);
    hops.push({ requests, requestsLost: requestsLost[hop]!, replies, repliesLost: repliesLost[hop]! });
    replies += repliesLost[hop]!;
  }
  // A request still waiting when the captures end is not known to have arrived.
  hops[last]!.requests = Math.max(0, requests - flow.pending);
  return hops;
}
