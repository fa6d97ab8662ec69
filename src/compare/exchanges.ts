/** What became of the exchanges: losses and where they happened, sizes that pass, delays, addresses nobody resolved. */
import { listed, questionName, questions } from '../findings/wording.ts';
import type { JoinedLoss } from '../flow/joined-flow.ts';
import { count, counted, duration } from '../report/phrases.ts';
import type { Aligned } from './align.ts';
import { type Aspect, aspect, contrast, NOTHING } from './aspect.ts';
import { type Conversation, isResolution } from './conversations.ts';
import { frameOf, lostFrame } from './evidence.ts';
import type { Pairing } from './pairing.ts';

/** A delay differs when the shorter one is exceeded by this much at least, however little either varies. */
const LEAST_MICROSECONDS = 1000;

/** True for what goes unanswered in the bad run, is not in the good one, and is not about resolving an address. */
export function isLonelyLoss(pairs: readonly unknown[], conversation: Conversation): boolean {
  return pairs.length > 0 && conversation.unanswered > 0 && !isResolution(conversation);
}

export function compareLosses({ conversations, troubled }: Pairing): Aspect[] {
  return [
    ...conversations.pairs.filter(({ bad }) => troubled.has(bad)).flatMap(losses),
    ...conversations.pairs.filter(({ good, bad }) => bad.refused > 0 && good.refused === 0).map(refusals),
    ...conversations.onlyBad.filter((each) => isLonelyLoss(conversations.pairs, each)).map(lonelyLoss),
  ];
}

/** `10.132.2.2 → 10.132.2.46`, with both of the addresses where the runs differ in them. */
export function pairName({ good, bad }: Aligned<Conversation>): string {
  const side = (a: string, b: string): string => (a === b ? b : `${b} (${a} in the good run)`);
  return `from ${side(good.source, bad.source)} to ${side(good.destination, bad.destination)}`;
}

function losses(pair: Aligned<Conversation>): Aspect[] {
  const { good, bad } = pair;
  const scope = scopeOf(bad);
  const sentence =
    `${silence(bad, pairName(pair))}; ` +
    `in the good one ${good.unanswered === 0 ? 'none is lost' : `it is ${shareUnanswered(good)}`}`;
  const answered = ({ answered, requests }: Conversation) => `${count(answered)} of ${count(requests)}`;
  const evidence = { good: frameOf(good, 'reply') ?? frameOf(good, 'request'), bad: lostFrame(bad) };
  return [
    aspect(
      'losses',
      { what: `${questionName(bad.protocol)} answered`, good: answered(good), bad: answered(bad) },
      { scope, sentence, differs: true, explains: true, evidence },
    ),
    ...places(good, bad).map((values) => aspect('losses', values, { scope })),
  ];
}

function silence({ protocol, answered, unanswered, losses }: Conversation, between: string): string {
  const where = losses.length === 0 ? '' : `: ${listed(losses.map(fate))}`;
  const tried = questions(protocol, answered + unanswered);
  return `${count(unanswered)} of ${tried} ${between} ${unanswered === 1 ? 'is' : 'are'} not answered in the bad run${where}`;
}

function lonelyLoss(bad: Conversation): Aspect {
  const between = `from ${bad.source} to ${bad.destination}`;
  const values = {
    what: `${questionName(bad.protocol)} answered`,
    good: NOTHING,
    bad: `${count(bad.answered)} of ${count(bad.requests)}`,
  };
  const sentence = `${silence(bad, between)}; nothing of the good run can be compared with them`;
  const evidence = { good: null, bad: lostFrame(bad) };
  return aspect('losses', values, { scope: scopeOf(bad), sentence, differs: true, explains: true, evidence });
}

function refusals(pair: Aligned<Conversation>): Aspect {
  const { good, bad } = pair;
  const values = {
    what: 'refused with a reset',
    good: `0 of ${count(good.requests)}`,
    bad: `${count(bad.refused)} of ${count(bad.requests)}`,
  };
  const sentence = `${count(bad.refused)} of ${questions(bad.protocol, bad.requests)} ${pairName(pair)} ${bad.refused === 1 ? 'is' : 'are'} refused in the bad run, none in the good one`;
  const evidence = { good: frameOf(good, 'reply'), bad: frameOf(bad, 'reply') };
  return aspect('losses', values, {
    scope: `refused ${scopeOf(bad)}`,
    sentence,
    differs: true,
    explains: true,
    evidence,
  });
}

function places(good: Conversation, bad: Conversation): { what: string; good: string; bad: string }[] {
  const list = ({ losses }: Conversation): string => (losses.length === 0 ? NOTHING : losses.map(place).join('; '));
  return [{ what: 'unanswered, and where', good: list(good), bad: list(bad) }];
}

function place({ stage, after, before, count: n }: JoinedLoss): string {
  if (stage === 'no-reply') return `${count(n)} without reply at ${after.label}`;
  const what = stage === 'request' ? counted(n, 'request') : counted(n, 'reply', 'replies');
  return `${what} lost from ${after.label} to ${before?.label ?? 'beyond'}`;
}

function fate({ stage, after, before }: JoinedLoss): string {
  if (stage === 'no-reply') return `requests reach ${after.label}, and no reply is seen there`;
  const noun = stage === 'request' ? 'requests are' : 'replies are';
  return `${noun} lost between ${after.label} and ${before?.label ?? 'the next place'}`;
}

const shareUnanswered = ({ unanswered, answered }: Conversation) =>
  `${count(unanswered)} of ${count(answered + unanswered)}`;

export function scopeOf({ protocol, vni, source, destination, port }: Conversation): string {
  return `${protocol} ${vni} ${source} ${destination} ${port}`;
}

/** Sizes: small requests of the bad run are answered, and from a size on none is. */
export function compareSizes({ conversations, troubled }: Pairing): Aspect[] {
  return conversations.pairs.flatMap((pair) => {
    const { good, bad } = pair;
    const { largestAnswered, smallestUnanswered } = bad;
    if (!troubled.has(bad) || largestAnswered === 0 || smallestUnanswered <= largestAnswered) return [];
    const isPassed = good.largestAnswered >= smallestUnanswered;
    const inGood = isPassed
      ? `the good run has answers up to ${count(good.largestAnswered)} bytes`
      : `the good run has no request larger than ${count(good.largestRequest)} bytes`;
    const bytes = (size: number) => (size === 0 ? NOTHING : `${count(size)} bytes`);
    const sentence =
      `Packets ${pairName(pair)} are answered up to ${count(largestAnswered)} bytes in the bad run, and from ` +
      `${count(smallestUnanswered)} bytes on they are not; ${inGood}`;
    const evidence = { good: frameOf(good, 'reply'), bad: lostFrame(bad) };
    return [
      aspect(
        'mtu',
        { what: 'smallest request unanswered', good: bytes(good.smallestUnanswered), bad: bytes(smallestUnanswered) },
        { sentence, differs: true, explains: true, evidence },
      ),
      aspect('mtu', {
        what: 'largest request answered',
        good: bytes(good.largestAnswered),
        bad: bytes(largestAnswered),
      }),
    ];
  });
}

/** ARP and neighbour discovery, and conversations of one run alone about an address that goes unanswered in the bad one. */
export function compareAbsence(pairing: Pairing): Aspect[] {
  const missing = pairing.conversations.onlyGood.filter((each) => isMissed(pairing, each));
  const unresolved = pairing.conversations.onlyBad.filter(isUnresolved);
  const asked = (each: Conversation) => `${count(each.answered)} of ${count(each.requests)} answered`;
  return [
    ...unresolved.map((each) =>
      aspect(
        'resolution',
        { what: `who has ${each.destination}, asks ${each.source}`, good: NOTHING, bad: asked(each) },
        {
          scope: scopeOf(each),
          sentence: `${each.source} asks in the bad run who has ${each.destination}, and ${each.answered === 0 ? 'nobody answers' : 'not always gets an answer'}; the good run has no such question`,
          differs: true,
          explains: true,
          evidence: { good: null, bad: lostFrame(each) },
        },
      ),
    ),
    ...missing.map((each) =>
      aspect(
        isResolution(each) ? 'resolution' : 'absent',
        { what: `${questionName(each.protocol)} ${each.source} → ${each.destination}`, good: asked(each), bad: 'none' },
        {
          scope: scopeOf(each),
          sentence: isResolution(each)
            ? `${each.source} asks in the good run who has ${each.destination}, and never does in the bad one`
            : `${questionName(each.protocol)} from ${each.source} to ${each.destination} are in the good run only`,
          differs: true,
          evidence: { good: frameOf(each, 'request'), bad: null },
        },
      ),
    ),
  ];
}

/** True for a conversation of the good run alone whose absence from the bad one belongs to its trouble. */
export function isMissed({ bad, silent }: Pairing, { source, destination }: Conversation): boolean {
  return bad.subject.flows.length === 0 || silent.has(source) || silent.has(destination);
}

/** True for an address that nobody, or not always somebody, answers for. */
export function isUnresolved(conversation: Conversation): boolean {
  return isResolution(conversation) && conversation.unanswered > 0;
}

/** Round trips, late replies, and one-way delays between captures that stand for each other. */
export function compareDelays(pairing: Pairing): Aspect[] {
  return [...pairing.conversations.pairs.flatMap(roundTrips), ...segments(pairing)];
}

function roundTrips(pair: Aligned<Conversation>): Aspect[] {
  const { good, bad } = pair;
  const scope = scopeOf(bad);
  const evidence = { good: frameOf(good, 'reply', good.path[0]), bad: frameOf(bad, 'reply', bad.path[0]) };
  const aspects: Aspect[] = [];
  if (bad.late > 0 && good.late === 0) {
    const late = ({ late, answered }: Conversation) => `${count(late)} of ${count(answered)}`;
    const sentence = `${count(bad.late)} of ${count(bad.answered)} replies to requests ${pairName(pair)} ${bad.late === 1 ? 'is' : 'are'} late in the bad run, none in the good one`;
    aspects.push(
      aspect(
        'late',
        { what: 'late replies', good: late(good), bad: late(bad) },
        { scope, sentence, differs: true, evidence },
      ),
    );
  }
  const [before, after] = [good.rttMicroseconds, bad.rttMicroseconds];
  if (before === null || after === null || isResolution(bad)) return aspects;
  const isApart = after.min > before.max && after.median - before.median > Math.max(LEAST_MICROSECONDS, before.median);
  const [a, b] = [duration(before.median), duration(after.median)];
  const sentence = contrast(`The median round trip ${pairName(pair)}`, a, b);
  const range = ({ min, max }: typeof before) => `${duration(min)} to ${duration(max)}`;
  if (!isApart) return aspects;
  aspects.push(
    aspect('delay', { what: 'median round trip', good: a, bad: b }, { scope, sentence, differs: true, evidence }),
    aspect('delay', { what: 'shortest to longest', good: range(before), bad: range(after) }, { scope }),
  );
  return aspects;
}

/** One-way delays differ when their intervals do not overlap: that is more than clocks and chance explain. */
function segments({ good, bad, places }: Pairing): Aspect[] {
  const labels = new Map(places.pairs.map((pair) => [pair.bad.label, pair.good.label]));
  return bad.report.segments.flatMap(({ from, to, delayMicroseconds: after }) => {
    const before = good.report.segments.find((each) => each.from === labels.get(from) && each.to === labels.get(to));
    const earlier = before?.delayMicroseconds ?? null;
    if (after === null || earlier === null || after.atLeast === null) return [];
    if (after.atLeast - earlier.atMost < LEAST_MICROSECONDS) return [];
    const interval = (delay: { atLeast: number | null; atMost: number }) =>
      `${delay.atLeast === null ? 'at most' : `${duration(delay.atLeast)} to`} ${duration(delay.atMost)}`;
    const what = `one way from ${from} to ${to}`;
    const sentence = contrast(`The delay ${what}`, interval(earlier), interval(after));
    return [
      aspect(
        'delay',
        { what, good: interval(earlier), bad: interval(after) },
        { scope: what, sentence, differs: true },
      ),
    ];
  });
}
