/** What the live view shows, as lines that fit a terminal. */
import type { Flow, Tunnel } from '../report/model.ts';
import type { SourceSummary } from './events.ts';
import type { Snapshot } from './session.ts';

interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

/** Lines with more than one part of the screen share what is left after these. */
const LEAST_FLOWS = 3;
const SGR = { bold: '1', red: '31', yellow: '33', dim: '2' } as const;

/** At most `rows` lines of at most `columns` characters, colours not counted. */
export function screenLines(snapshot: Snapshot, messages: readonly string[], size: ScreenSize): string[] {
  const { columns, rows } = size;
  const paint = (text: string, style: keyof typeof SGR): string =>
    size.color && text !== '' ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
  const inWidth = (text: string): string => fitted(text, columns);
  const { sources, recent, active, startedAt } = snapshot;
  const seconds = Math.floor((Date.now() - startedAt) / 1000);
  const head = [paint(inWidth(`vxtrace capture  ${clock(seconds)}  Ctrl-C ends and reports`), 'bold')];
  const sourceLines = sources.map((source) =>
    paint(inWidth(sourceLine(source)), source.state === 'running' ? 'dim' : 'yellow'),
  );
  const findingLines =
    active.length === 0
      ? [inWidth('no finding')]
      : active.map(({ finding }) =>
          paint(
            inWidth(`${finding.severity.padEnd(7)} ${finding.title}`),
            finding.severity === 'error' ? 'red' : 'yellow',
          ),
        );
  const tunnelLines = (recent?.tunnels ?? []).map((tunnel) => inWidth(tunnelLine(tunnel)));
  const flows = byTrouble(recent?.flows ?? []);
  const flowLines = flows.map((flow) => {
    const line = inWidth(flowLine(flow, columns));
    return flow.unanswered > 0 ? paint(line, 'red') : line;
  });
  const titles = 1 + 1 + 1 + 1;
  const room = rows - head.length - titles - 1;
  const parts = share(room, [sourceLines, findingLines, tunnelLines, flowLines, messages.slice(-4).map(inWidth)]);
  const [shownSources, shownFindings, shownTunnels, shownFlows, shownMessages] = parts;
  const lines = [
    ...head,
    ...shownSources,
    paint(inWidth(`Findings ${active.length}`), 'bold'),
    ...shownFindings,
    paint(inWidth(`Tunnels ${recent?.tunnels.length ?? 0}`), 'bold'),
    ...shownTunnels,
    paint(inWidth(flowTitle(flows.length, columns)), 'bold'),
    ...shownFlows,
    ...(shownMessages.length > 0 ? [paint(inWidth('Events'), 'bold')] : []),
    ...shownMessages,
  ];
  return lines.slice(0, rows);
}

/** Divides the lines: everything where it fits; else each part gets its share, and what one does not need goes to the others. */
function share(room: number, parts: readonly string[][]): string[][] {
  const taken = parts.map(() => 0);
  let left = Math.max(0, room);
  const minimum = parts.map((part, index) => Math.min(part.length, index === 3 ? LEAST_FLOWS : 1));
  for (const [index, least] of minimum.entries()) {
    const count = Math.min(least, left);
    taken[index] = count;
    left -= count;
  }
  for (let isProgress = true; isProgress && left > 0; ) {
    isProgress = false;
    for (const [index, part] of parts.entries()) {
      if (left === 0 || taken[index] >= part.length) continue;
      taken[index]++;
      left--;
      isProgress = true;
    }
  }
  // Messages are read from the end.
  return parts.map((part, index) =>
    index === 4 ? part.slice(part.length - taken[index]) : part.slice(0, taken[index]),
  );
}

function sourceLine({ label, state, packets, packetsPerSecond, bytesPerSecond, dropped }: SourceSummary): string {
  const drops = dropped === null ? 'drops not known' : `${dropped} dropped`;
  const rate = `${packetsPerSecond}/s ${megabits(bytesPerSecond)}`;
  return `${label.padEnd(20)} ${state === 'running' ? rate.padEnd(22) : state.padEnd(22)} ${packets} packets, ${drops}`;
}

function megabits(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  if (bits >= 1e6) return `${(bits / 1e6).toFixed(1)} Mbit/s`;
  return bits >= 1e3 ? `${(bits / 1e3).toFixed(1)} kbit/s` : `${bits} bit/s`;
}

function tunnelLine({ encapsulation, vni, port, endpoints, packets }: Tunnel): string {
  return `  ${encapsulation} ${vni} port ${port}  ${endpoints[0]} -> ${packets[0]}, ${endpoints[1]} -> ${packets[1]}`;
}

const NUMBERS = 'sent  answ unans       RTT';

function flowTitle(count: number, columns: number): string {
  const title = `Flows ${count}`;
  return title.padEnd(Math.max(title.length + 1, columns - NUMBERS.length)) + NUMBERS;
}

function flowLine(
  { protocol, source, destination, requests, answered, unanswered, rttMicroseconds }: Flow,
  columns: number,
): string {
  const rtt = rttMicroseconds === null ? '-' : milliseconds(rttMicroseconds.median);
  const numbers = `${short(requests)} ${short(answered)} ${short(unanswered)} ${rtt.padStart(9)}`;
  const name = `  ${protocol} ${source} > ${destination}`;
  const room = columns - numbers.length - 1;
  return `${fitted(name, room).padEnd(room)} ${numbers}`;
}

function short(count: number): string {
  const text =
    count > 99_999 ? `${Math.round(count / 1e6)}M` : count > 9999 ? `${Math.round(count / 1e3)}k` : String(count);
  return text.padStart(5);
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(microseconds < 10_000 ? 3 : 1)}ms`;
}

function byTrouble(flows: readonly Flow[]): Flow[] {
  return [...flows].sort((a, b) => b.unanswered - a.unanswered || b.requests - a.requests);
}

function clock(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** No longer than `columns`, and nothing a terminal could take for a command. */
function fitted(text: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const safe = text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
  if (safe.length <= columns) return safe;
  return columns < 2 ? safe.slice(0, columns) : `${safe.slice(0, columns - 1)}…`;
}
