/** Numbers, times and facts of a report in words. What comes out still holds data as it was captured: escape it. */
import type { CaptureReport, Clock, Finding, Loss, Report, Segment } from './model.ts';

/** 1234567 as `1,234,567`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 packet`, `2 packets`. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : plural}`;
}

/** A duration with three significant digits and the unit that suits it. */
export function duration(microseconds: number): string {
  const size = Math.abs(microseconds);
  if (size === 0) return '0 µs';
  if (size < 0.9995) return `${significant(microseconds * 1e3)} ns`;
  if (size < 999.5) return `${significant(microseconds)} µs`;
  if (size < 999.5e3) return `${significant(microseconds / 1e3)} ms`;
  return `${significant(microseconds / 1e6)} s`;
}

function significant(n: number): string {
  const size = Math.abs(n);
  return n.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** Microseconds from one ISO 8601 time with nanoseconds to another. */
export function microsecondsBetween(start: string, end: string): number {
  return (Date.parse(wholeSeconds(end)) - Date.parse(wholeSeconds(start))) * 1e3 + fraction(end) - fraction(start);
}

const wholeSeconds = (time: string) => `${time.slice(0, 19)}Z`;
const fraction = (time: string) => Number(`0${time.slice(19).replace('Z', '')}`) * 1e6;

/** `2023-10-20 10:34:17.389643 UTC`, to the microsecond. */
function readableTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 26).replace('Z', '')} UTC`;
}

/** When the capture began and how long it is, or that it has no times. */
export function captureWindow(capture: CaptureReport): string {
  if (capture.start === null || capture.end === null) return 'no timestamps';
  return `from ${readableTime(capture.start)}, ${duration(microsecondsBetween(capture.start, capture.end))} long`;
}

/** Where unanswered exchanges ended. */
export function lossSentence(loss: Loss): string {
  if (loss.stage === 'no-reply') {
    return `${counted(loss.count, 'request')} reached ${loss.after}, and no reply was seen there`;
  }
  const noun = loss.stage === 'request' ? 'request' : 'reply';
  const plural = loss.stage === 'request' ? 'requests' : 'replies';
  const verb = loss.count === 1 ? 'was' : 'were';
  const before = loss.before === null ? 'nowhere after it' : `never at ${loss.before}`;
  return `${counted(loss.count, noun, plural)} ${verb} seen at ${loss.after} and ${before}`;
}

/** One-way delay of a segment: an interval, or that the clocks do not tell. */
export function segmentDelay(segment: Segment): string {
  const delay = segment.delayMicroseconds;
  if (delay === null) return 'unknown';
  if (delay.atLeast === null) return `≤ ${duration(delay.atMost)}`;
  return `${duration(delay.atLeast)} to ${duration(delay.atMost)}`;
}

/** What is known of one clock against another. */
export function clockSentence(clock: Clock): string {
  const steps = (clock.steps ?? []).map(
    ({ time, seconds }) => `; set at ${time}${seconds === null ? '' : ` by ${offset(seconds)}`}`,
  );
  return `${difference(clock)}${steps.join('')}`;
}

function difference(clock: Clock): string {
  const from = `from ${counted(clock.samples, 'packet')}`;
  if ('bound' in clock) {
    const { atLeastSeconds, atMostSeconds } = clock.bound;
    const bounds: string[] = [];
    if (atLeastSeconds !== null) bounds.push(`at least ${offset(atLeastSeconds)}`);
    if (atMostSeconds !== null) bounds.push(`at most ${offset(atMostSeconds)}`);
    const known = bounds.length === 0 ? 'at an unknown offset' : bounds.join(' and ');
    return `${clock.host} minus ${clock.reference}: ${known} (${from})`;
  }
  const drift = clock.skewPartsPerMillion === 0 ? '' : `, drifting ${clock.skewPartsPerMillion.toFixed(2)} ppm`;
  const within = duration(clock.uncertaintySeconds * 1e6);
  return `${clock.host} minus ${clock.reference}: ${offset(clock.offsetSeconds)}, give or take ${within}${drift} (${from})`;
}

const offset = (seconds: number) => `${seconds < 0 ? '-' : '+'}${Math.abs(seconds).toFixed(6)} s`;

/** Code, certainty and causes of a finding. */
export function findingKind(finding: Finding): string {
  const causes = finding.causes.length === 0 ? '' : `; follows from ${finding.causes.join(', ')}`;
  return `${finding.code}, ${finding.confidence}${causes}`;
}

/** `frame 12`, or `whole capture` where no single frame is meant. */
export function frameName(frame: number | null): string {
  return frame === null ? 'whole capture' : `frame ${frame}`;
}

/** What the analysis looked at: captures, packets, tunnels and exchanges. */
export function scopeSentence(report: Report): string {
  let packets = 0;
  for (const capture of report.captures) packets += capture.packets;
  const total = { flows: 0, requests: 0, answered: 0, unanswered: 0, pending: 0, ...report.flowsSummarised };
  total.flows += report.flows.length;
  for (const flow of report.flows) {
    total.requests += flow.requests;
    total.answered += flow.answered;
    total.unanswered += flow.unanswered;
    total.pending += flow.pending;
  }
  const vnis = new Set(report.tunnels.map((tunnel) => tunnel.vni));
  const tunnels =
    report.tunnels.length === 0
      ? 'no tunnel'
      : `${counted(report.tunnels.length, 'tunnel')} with ${counted(vnis.size, 'VNI')}`;
  const exchanges =
    total.requests === 0
      ? 'no exchange'
      : `${counted(total.requests, 'exchange')} in ${counted(total.flows, 'flow')}: ${count(total.answered)} answered, ${count(total.unanswered)} unanswered, ${count(total.pending)} pending`;
  return `${counted(report.captures.length, 'capture')} with ${counted(packets, 'packet')}; ${tunnels}; ${exchanges}.`;
}

/** A text as a sentence: with a full stop unless it ends in one, or in a question mark or a colon. */
export function sentence(text: string): string {
  return /[.?!:]$/.test(text) ? text : `${text}.`;
}
