/** The way of one flow as inline SVG: a column for each vantage point, arrows for requests and replies, a cross where they end. */
import { htmlText, printable } from './escape.ts';
import { type Hop, journey } from './journey.ts';
import type { CaptureReport, Flow } from './model.ts';
import { count, lossSentence } from './phrases.ts';

/** Least distance of two columns. */
const COLUMN = 150;
const MARGIN = 80;
const HOST_TOP = 8;
/** What the row of the hosts' names takes; where no host is known there is none. */
const HOST_ROW = 32;
const NAME = 52;
const LIFELINE_TOP = 66;
const REQUEST = 106;
const REPLY = 166;
const BOTTOM = 202;
const NAME_CHARACTERS = 19;
/** From a column to the edge of its host's box: half of the longest name, and some room. */
const BOX = 70;
/** Width of a character of a count, in the widest of the usual fonts, and the room on both sides together. */
const CHARACTER = 8;
const ROOM = 20;

interface Column {
  name: string;
  host: string | null;
  /** False for the two ends of the flow, where nothing was captured. */
  captured: boolean;
}

/** What happened between two columns, and where it is drawn. */
interface Span extends Hop {
  from: number;
  to: number;
  /** Middle of the room for counts: between the edges of two boxes, or of one and a column. */
  middle: number;
  /** What a request that ended here is called. */
  lostWord: string;
}

/** Yields an `<svg>` that shows how far the flow's requests and replies came. Every name in it is escaped. */
export function* diagram(flow: Flow, captures: readonly CaptureReport[]): Generator<string> {
  const hosts = new Map(captures.map((capture) => [capture.label, capture.host]));
  const columns: Column[] = [
    { name: flow.source, host: null, captured: false },
    ...flow.path.map((name) => ({ name, host: hosts.get(name) ?? null, captured: true })),
    { name: flow.destination, host: null, captured: false },
  ];
  const spans = spansOf(flow, columns);
  const places = [MARGIN, ...spans.map((span) => span.to)];
  const width = places.at(-1)! + MARGIN;
  const top = columns.some((column) => column.host !== null) ? 0 : HOST_ROW;
  const height = BOTTOM + 8 - top;
  const losses = flow.losses.map(lossSentence).join('; ');
  const requests = flow.requests === 1 ? 'request' : 'requests';
  const description = `${flow.requests} ${requests} from ${flow.source} to ${flow.destination}, ${flow.answered} answered. ${losses}`;
  yield `<svg viewBox="0 ${top} ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="way">\n`;
  yield `<title id="way">${htmlText(description)}</title>\n`;
  yield* hostBands(columns, places);
  for (const [index, column] of columns.entries()) yield lifeline(column, places[index]!);
  yield `<text class="row" x="4" y="${REQUEST - 8}">requests</text><text class="row" x="4" y="${REPLY - 8}">replies</text>\n`;
  for (const span of spans) yield* arrows(span);
  yield '</svg>\n';
}

/** The flow's hops from left to right, each wide enough for its counts to stand clear of the hosts' boxes. */
function spansOf(flow: Flow, columns: readonly Column[]): Span[] {
  const spans: Span[] = [];
  let from = MARGIN;
  for (const [index, hop] of journey(flow).entries()) {
    const near = columns[index]!.host;
    const far = columns[index + 1]!.host;
    const before = near === null || near === far ? 0 : BOX;
    const after = far === null || near === far ? 0 : BOX;
    const lostWord = index === flow.path.length ? 'without reply' : 'lost';
    const to = from + Math.max(COLUMN, before + labelWidth(hop, lostWord) + ROOM + after);
    spans.push({ ...hop, from, to, middle: (from + before + to - after) / 2, lostWord });
    from = to;
  }
  return spans;
}

function labelWidth(hop: Hop, lostWord: string): number {
  const labels = [count(hop.requests), count(hop.replies)];
  if (hop.requestsLost > 0) labels.push(lostLabel(hop.requestsLost, lostWord));
  if (hop.repliesLost > 0) labels.push(lostLabel(hop.repliesLost, 'lost'));
  return CHARACTER * Math.max(...labels.map((label) => label.length));
}

const lostLabel = (lost: number, word: string) => `${count(lost)} ${word}`;

/** A band behind neighbouring vantage points of the same host. */
function* hostBands(columns: readonly Column[], places: readonly number[]): Generator<string> {
  let from = 0;
  while (from < columns.length) {
    let to = from;
    while (to + 1 < columns.length && columns[to + 1]!.host === columns[from]!.host) to++;
    const host = columns[from]!.host;
    if (host !== null) {
      const left = places[from]! - BOX;
      const width = places[to]! + BOX - left;
      yield `<rect class="host" x="${left}" y="${HOST_TOP}" width="${width}" height="${BOTTOM - HOST_TOP}" rx="6"/>`;
      yield `<text class="host-name" x="${left + 8}" y="${HOST_TOP + 18}">${named(host, (NAME_CHARACTERS - 1) * (to - from + 1))}</text>\n`;
    }
    from = to + 1;
  }
}

function lifeline(column: Column, at: number): string {
  const kind = column.captured ? 'point' : 'end';
  return `<text class="${kind}-name" x="${at}" y="${NAME}">${named(column.name, NAME_CHARACTERS)}</text><line class="${kind}" x1="${at}" y1="${LIFELINE_TOP}" x2="${at}" y2="${BOTTOM - 8}"/>\n`;
}

/** A name shortened in its middle, with the whole of it as a title. */
function named(name: string, longest: number): string {
  const characters = [...printable(name)];
  if (characters.length <= longest) return htmlText(name);
  const half = Math.floor((longest - 1) / 2);
  const short = `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
  return `${htmlText(short)}<title>${htmlText(name)}</title>`;
}

function* arrows(span: Span): Generator<string> {
  const near = span.from + 5;
  const far = span.to - 5;
  yield* arrow(near, far, span.middle, REQUEST, span.requests, span.requestsLost, span.lostWord);
  yield* arrow(far, near, span.middle, REPLY, span.replies, span.repliesLost, 'lost');
}

/** What got through as an arrow with its count above; what did not as a cross, on a broken line when nothing got through. */
function* arrow(
  from: number,
  to: number,
  middle: number,
  y: number,
  passed: number,
  lost: number,
  lostWord: string,
): Generator<string> {
  if (passed > 0) {
    yield `<line class="passed" x1="${from}" y1="${y}" x2="${to}" y2="${y}"/>`;
    yield `<path class="head" d="M${to} ${y}l${-8 * Math.sign(to - from)} -4v8z"/>`;
    const above = lost > 0 ? 11 : 6;
    yield `<text class="passed-count" x="${middle}" y="${y - above}">${count(passed)}</text>\n`;
  } else if (lost > 0) {
    yield `<line class="lost" x1="${from}" y1="${y}" x2="${middle}" y2="${y}"/>\n`;
  }
  if (lost > 0) {
    yield `<path class="cross" d="M${middle - 6} ${y - 6}l12 12m0 -12l-12 12"/>`;
    yield `<text class="lost-count" x="${middle}" y="${y + 22}">${lostLabel(lost, lostWord)}</text>\n`;
  }
}
