/** Frames that show what was compared. */
import type { Evidence } from '../findings/finding.ts';
import { capitalised, question } from '../findings/wording.ts';
import { LinkView } from '../flow/link.ts';
import type { Vantage } from '../flow/vantage.ts';
import { type Conversation, isResolution } from './conversations.ts';

/** The link layer of a conversation at a vantage point, of the flow for which `has` holds. */
export function linkAt(
  { flows }: Conversation,
  vantage: Vantage,
  has: (link: LinkView) => boolean = () => true,
): LinkView | null {
  for (const { sightings } of flows) {
    for (const sighting of sightings) {
      if (sighting.vantage !== vantage) continue;
      const link = new LinkView(sighting);
      if (has(link)) return link;
    }
  }
  return null;
}

/** First frame of a conversation's requests or replies at a vantage point, or at the last one that saw any. */
export function frameOf(
  conversation: Conversation,
  way: 'request' | 'reply',
  vantage: Vantage | null = null,
): Evidence | null {
  const { path, protocol, source, destination } = conversation;
  const order = vantage === null ? [...path].reverse() : [vantage];
  for (const place of order) {
    const link = linkAt(conversation, place, (each) => firstFrame(each, way) > 0);
    if (link === null) continue;
    const asked = capitalised(question(protocol));
    const note =
      way === 'request'
        ? isResolution(conversation)
          ? `${asked} for ${destination}`
          : `${asked} to ${destination}, time to live ${link.requestTimeToLive}`
        : `reply of ${destination} to ${source}`;
    return { capture: place.label, frame: firstFrame(link, way), note };
  }
  return null;
}

/** A frame of what was lost, of a lost reply rather than of the request that waits for it; failing that the first request. */
export function lostFrame(conversation: Conversation): Evidence | null {
  const frames = conversation.losses[0]?.frames ?? [];
  const lost = frames.find(({ isReply }) => isReply) ?? frames[0];
  if (lost === undefined) return frameOf(conversation, 'request');
  const note = lost.isReply ? 'a reply that is seen no further' : 'a request that stays without reply';
  return { capture: lost.vantage.label, frame: lost.frame, note };
}

function firstFrame(link: LinkView, way: 'request' | 'reply'): number {
  return way === 'request' ? link.firstFrame : link.firstReplyFrame;
}
