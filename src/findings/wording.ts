/** Words that several rules need: names of flows and places, counts, and evidence. */
import type { JoinedFlow, JoinedLoss } from '../flow/joined-flow.ts';
import type { Vantage } from '../flow/vantage.ts';
import type { Evidence } from './finding.ts';

/** Evidence listed per finding; what goes beyond is counted in the explanation. */
export const MOST_EVIDENCE = 8;

const QUESTIONS: Readonly<Record<JoinedFlow['protocol'], string>> = {
  'icmp-echo': 'echo request',
  'icmpv6-echo': 'ICMPv6 echo request',
  arp: 'ARP request',
  ndp: 'neighbor solicitation',
  'tcp-connect': 'TCP SYN',
  dns: 'DNS query',
};

/** What a flow asks: "echo request", "DNS query". */
export function question(protocol: JoinedFlow['protocol']): string {
  return QUESTIONS[protocol];
}

/** "1 echo request", "5 echo requests", "3 DNS queries". */
export function questions(protocol: JoinedFlow['protocol'], count: number): string {
  return plural(count, QUESTIONS[protocol]);
}

export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${plurals(noun)}`;
}

/** "echo requests", "DNS queries". */
export function plurals(noun: string): string {
  return noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}${noun.endsWith('s') ? 'es' : 's'}`;
}

/** "5 requests" when all are meant, "2 of 5 requests" otherwise. */
export function share(count: number, all: number, noun: string): string {
  return count === all ? plural(all, noun) : `${count} of ${plural(all, noun)}`;
}

/** What a flow asks, at the beginning of a sentence: "Echo requests", "TCP SYNs". */
export function questionName(protocol: JoinedFlow['protocol']): string {
  return capitalised(plurals(QUESTIONS[protocol]));
}

export function capitalised(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

/** "192.0.2.1 → 192.0.2.2 (VNI 7)". */
export function flowName(flow: JoinedFlow): string {
  const vni = flow.vni === null ? '' : ` (VNI ${flow.vni})`;
  return `${flow.source} → ${flow.destination}${vni}`;
}

/** The frames of a loss, in order, as evidence: `request` and `reply` say what each of them is. */
export function lossEvidence(loss: JoinedLoss, request: string, reply: string): Evidence[] {
  const frames = [...loss.frames].sort((a, b) => a.vantage.index - b.vantage.index || a.frame - b.frame);
  return frames.map(({ vantage, frame, isReply }) => ({
    capture: vantage.label,
    frame,
    note: isReply ? reply : request,
  }));
}

/** True when the frame is one of the last that were seen of the lost exchanges. */
export function endsAt(loss: JoinedLoss, vantage: Vantage, frame: number): boolean {
  return loss.frames.some((entry) => entry.vantage === vantage && entry.frame === frame);
}

/** How many of the lost exchanges have their last frame listed. */
export function knownEnds(loss: JoinedLoss): number {
  const isReply = loss.stage === 'reply';
  return loss.frames.filter((frame) => frame.vantage === loss.after && frame.isReply === isReply).length;
}

/** Frames of packets that came as far as one capture and were not delivered behind it, as evidence. */
export function undeliveredEvidence(loss: JoinedLoss): Evidence[] {
  const isReply = loss.stage === 'reply';
  const note = 'came this far and was not delivered';
  return lossEvidence(loss, isReply ? 'the request that waits for its reply' : note, `reply that ${note}`);
}

/** A list of words with commas and a final "and". */
export function listed(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
