/** The way of one flow as inline SVG: a column for each vantage point, arrows for requests and replies, a cross where they end. */
import { htmlText, printable } from './escape.ts';
import { type Hop, journey } from './journey.ts';
import type { CaptureReport, Flow } from './model.ts';
import { count, lossSentence } from './phrases.ts';

const COLUMN = 150;
const MARGIN = 80;
const HOST_TOP = 8;
const NAME = 52;
const LIFELINE_TOP = 66;
const REQUEST = 102;
const REPLY = 162;
const BOTTOM = 196;
const NAME_CHARACTERS = 19;

interface Column {
  name: string;
  host: string | null;
  /** False for the two ends of the flow, where nothing was captured. */
  captured: boolean;
}

/** Yields an `<svg>` that shows how far the flow's requests and replies came. Every name in it is escaped. */
export function* diagram(flow: Flow, captures: readonly CaptureReport[]): Generator<string> {
  const hosts = new Map(captures.map((capture) => [capture.label, capture.host]));
  const columns: Column[] = [
    { name: flow.source, host: null, captured: false },
    ...flow.path.map((name) => ({ name, host: hosts.get(name) ?? null, captured: true })),
    { name: flow.destination, host: null, captured: false },
  ];
  const width = 2 * MARGIN + COLUMN * (columns.length - 1);
  const losses = flow.losses.map(lossSentence).join('; ');
  const requests = flow.requests === 1 ? 'request' : 'requests';
  const description = `${flow.requests} ${requests} from ${flow.source} to ${flow.destination}, ${flow.answered} answered. ${losses}`;
  yield `<svg viewBox="0 0 ${width} ${BOTTOM + 8}" width="${width}" height="${BOTTOM + 8}" role="img" aria-labelledby="way">\n`;
  yield `<title id="way">${htmlText(description)}</title>\n`;
  yield* hostBands(columns);
  for (const [index, column] of columns.entries()) yield lifeline(column, x(index));
  yield `<text class="row" x="4" y="${REQUEST - 8}">requests</text><text class="row" x="4" y="${REPLY - 8}">replies</text>\n`;
  for (const [index, hop] of journey(flow).entries()) {
    yield* arrows(hop, index, index === flow.path.length);
  }
  yield '</svg>\n';
}

const x = (column: number) => MARGIN + COLUMN * column;

/** A band behind neighbouring vantage points of the same host. */
function* hostBands(columns: readonly Column[]): Generator<string> {
  let from = 0;
  while (from < columns.length) {
    let to = from;
    while (to + 1 < columns.length && columns[to + 1]!.host === columns[from]!.host) to++;
    const host = columns[from]!.host;
    if (host !== null) {
      const left = x(from) - COLUMN / 2 + 4;
      const width = (to - from + 1) * COLUMN - 8;
      yield `<rect class="host" x="${left}" y="${HOST_TOP}" width="${width}" height="${BOTTOM - HOST_TOP}" rx="6"/>`;
      yield `<text class="host-name" x="${left + 8}" y="${HOST_TOP + 18}">${named(host, (NAME_CHARACTERS + 2) * (to - from + 1))}</text>\n`;
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

function* arrows(hop: Hop, index: number, last: boolean): Generator<string> {
  const near = x(index) + 5;
  const far = x(index + 1) - 5;
  yield* arrow(near, far, REQUEST, hop.requests, hop.requestsLost, last ? 'without reply' : 'lost');
  yield* arrow(far, near, REPLY, hop.replies, hop.repliesLost, 'lost');
}

/** What got through as an arrow with its count; what did not as a cross, on a broken line when nothing got through. */
function* arrow(
  from: number,
  to: number,
  y: number,
  passed: number,
  lost: number,
  lostWord: string,
): Generator<string> {
  const middle = (from + to) / 2;
  const direction = Math.sign(to - from);
  if (passed > 0) {
    yield `<line class="passed" x1="${from}" y1="${y}" x2="${to}" y2="${y}"/>`;
    yield `<path class="head" d="M${to} ${y}l${-8 * direction} -4v8z"/>`;
    const beside = lost > 0 ? middle - direction * 36 : middle;
    yield `<text class="passed-count" x="${beside}" y="${y - 6}">${count(passed)}</text>\n`;
  } else if (lost > 0) {
    yield `<line class="lost" x1="${from}" y1="${y}" x2="${middle}" y2="${y}"/>\n`;
  }
  if (lost > 0) {
    yield `<path class="cross" d="M${middle - 6} ${y - 6}l12 12m0 -12l-12 12"/>`;
    yield `<text class="lost-count" x="${middle}" y="${y + 22}">${count(lost)} ${lostWord}</text>\n`;
  }
}
