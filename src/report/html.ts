/** The report as one page that needs nothing else: no script, no network, and a policy that forbids both. */
import { inChunks } from './chunks.ts';
import { diagram } from './diagram.ts';
import { type Advice, digest, MAX_EVIDENCE, principalFlow, type ShownFinding, verdictTone } from './digest.ts';
import { htmlText } from './escape.ts';
import { type Listing, type ListingColumn, type ListingRow, listings } from './listing.ts';
import type { Evidence, Flow, Report } from './model.ts';
import {
  clockSentence,
  count,
  counted,
  findingKind,
  frameName,
  lossSentence,
  scopeSentence,
  sentence,
} from './phrases.ts';
import { STYLESHEET, STYLESHEET_SHA256 } from './stylesheet.ts';

/** A page scrolls, so it shows more than a terminal. */
const MAX_ROWS = 200;
/** Longest cell that is kept on one line; an IPv6 address is at most 39 characters. */
const UNBROKEN = 40;

/** Returns the report as an HTML page. */
export function renderHtml(report: Report): Iterable<string> {
  return inChunks(page(report));
}

function* page(report: Report): Generator<string> {
  const shown = digest(report);
  const tone = verdictTone(report);
  const tool = `${report.tool.name} ${report.tool.version}`;
  yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n';
  yield `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${STYLESHEET_SHA256}'; base-uri 'none'; form-action 'none'">\n`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n';
  yield `<title>${htmlText(title(report))}</title>\n<style>${STYLESHEET}</style>\n</head>\n<body>\n<main>\n`;
  yield `<h1 class="${tone}">${htmlText(report.verdict.headline)}</h1>\n`;
  if (shown.cure.length > 0) yield* remedies('What to do', shown.cure);
  if (shown.missing.length > 0) yield* remedies('What is missing to decide', shown.missing);
  const flow = principalFlow(report);
  if (flow !== null) yield* way(flow, report);
  if (shown.findings.length > 0) {
    yield '<section>\n<h2>Proof</h2>\n';
    for (const entry of shown.findings) yield* finding(entry);
    for (const { code, findings } of shown.more) {
      yield `<p class="remark">… and ${counted(findings, 'more finding')} of <code>${htmlText(code)}</code>; the JSON report has them all.</p>\n`;
    }
    yield '</section>\n';
  }
  yield `<section>\n<h2>What was looked at</h2>\n<p>${htmlText(scopeSentence(report))}</p>\n</section>\n`;
  for (const listing of listings(report, MAX_ROWS)) yield* table(listing);
  if (report.clocks.length > 0) {
    yield '<section>\n<h2>Clocks</h2>\n';
    for (const clock of report.clocks) yield `<p>${htmlText(clockSentence(clock))}</p>\n`;
    yield '</section>\n';
  }
  yield `</main>\n<footer>${htmlText(tool)}</footer>\n</body>\n</html>\n`;
}

/** What tabs, bookmarks and the head of a printed page show: the verdict, which begins with what it is about. */
function title({ verdict, tool }: Report): string {
  return `${verdict.headline.replace(/\.$/, '')} – ${tool.name}`;
}

function* remedies(title: string, entries: readonly Advice[]): Generator<string> {
  yield `<section>\n<h2>${title}</h2>\n`;
  for (const advice of entries) yield* remedyBlock(advice);
  yield '</section>\n';
}

function* remedyBlock({ text, host, commands }: Advice): Generator<string> {
  const where = host === null || commands.length === 0 ? '' : ` On <code>${htmlText(host)}</code>:`;
  yield `<p>${htmlText(sentence(text))}${where}</p>\n`;
  for (const command of commands) yield `<pre><code>${htmlText(command)}</code></pre>\n`;
}

function* way(flow: Flow, report: Report): Generator<string> {
  const losses = flow.losses.map((loss) => `${lossSentence(loss)}.`).join(' ');
  yield '<section>\n<h2>The way of the packets</h2>\n<figure>\n<div class="scroll">\n';
  yield* diagram(flow, report.captures);
  yield `</div>\n<figcaption>${htmlText(`${flow.protocol} from ${flow.source} to ${flow.destination}. ${losses}`)}</figcaption>\n</figure>\n</section>\n`;
}

function* finding({ finding, remedy }: ShownFinding): Generator<string> {
  const { severity } = finding;
  yield `<article class="finding ${severity}">\n<h3><span class="severity">${severity}:</span> ${htmlText(finding.title)}</h3>\n`;
  yield `<p class="kind">${htmlText(findingKind(finding))}</p>\n`;
  if (finding.explanation !== '') yield `<p>${htmlText(finding.explanation)}</p>\n`;
  if (finding.evidence.length > 0) yield* evidence(finding.evidence);
  for (const entry of remedy) yield* remedyBlock(entry);
  yield '</article>\n';
}

function* evidence(entries: readonly Evidence[]): Generator<string> {
  yield '<div class="scroll"><table>\n<thead><tr><th scope="col">Capture</th><th scope="col">Frame</th><th scope="col">What it shows</th></tr></thead>\n<tbody>\n';
  for (const { capture, frame, note } of entries.slice(0, MAX_EVIDENCE)) {
    yield `<tr><th scope="row" class="${dataKind(capture)}">${htmlText(capture)}</th><td class="frame">${frameName(frame)}</td><td>${htmlText(note)}</td></tr>\n`;
  }
  yield '</tbody>\n</table></div>\n';
  if (entries.length > MAX_EVIDENCE) {
    yield `<p class="remark">… and ${count(entries.length - MAX_EVIDENCE)} more.</p>\n`;
  }
}

function* table(listing: Listing): Generator<string> {
  yield `<section>\n<h2>${listing.title}</h2>\n`;
  if (listing.rows.length > 0) {
    yield `<div class="scroll" role="region" aria-label="${listing.title}" tabindex="0"><table>\n<thead><tr>`;
    for (const { title, numeric } of listing.columns) {
      yield `<th scope="col"${numeric ? ' class="number"' : ''}>${htmlText(title)}</th>`;
    }
    yield '</tr></thead>\n<tbody>\n';
    for (const row of listing.rows) yield* tableRow(row, listing.columns);
    yield '</tbody>\n</table></div>\n';
  }
  for (const remark of listing.remarks) yield `<p class="remark">${htmlText(remark)}</p>\n`;
  yield '</section>\n';
}

/** A row, and below it what is to be said of it: across all columns, so that it is seen when some of them are scrolled away. */
function* tableRow(row: ListingRow, columns: readonly ListingColumn[]): Generator<string> {
  const kinds = [...(row.trouble ? ['trouble'] : []), ...(row.notes.length > 0 ? ['remarked'] : [])];
  yield kinds.length > 0 ? `<tr class="${kinds.join(' ')}">` : '<tr>';
  yield* tableCells(row, columns);
  yield '</tr>\n';
  if (row.notes.length === 0) return;
  const notes = row.notes.map((note) => `<span>${htmlText(note)}</span>`).join(' ');
  yield `<tr class="remarks"><td colspan="${columns.length}"><div>${notes}</div></td></tr>\n`;
}

function* tableCells(row: ListingRow, columns: readonly ListingColumn[]): Generator<string> {
  for (const [index, cell] of row.cells.entries()) {
    const { numeric, missing } = columns[index]!;
    const kind = numeric ? 'number' : dataKind(cell);
    const tag = index === 0 ? 'th scope="row"' : 'td';
    yield `<${tag} class="${kind}${missing && row.trouble ? ' missing' : ''}">${htmlText(cell)}</${index === 0 ? 'th' : 'td'}>`;
  }
}

const dataKind = (cell: string) => (cell.length > UNBROKEN ? 'data long' : 'data');
