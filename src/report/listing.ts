/** The tables of a report, declared once for every renderer that shows them. Cells are as captured: escape them. */
import { flowsByTrouble } from './digest.ts';
import type { CaptureReport, Flow, Report, Segment, Tunnel } from './model.ts';
import { captureWindow, count, counted, duration, lossSentence, segmentDelay } from './phrases.ts';

export interface ListingColumn {
  title: string;
  /** The title where room is short. */
  short: string;
  numeric: boolean;
}

export interface ListingRow {
  cells: string[];
  notes: string[];
  trouble: boolean;
}

export interface Listing {
  title: string;
  columns: ListingColumn[];
  rows: ListingRow[];
  /** What is to be said below the table, such as how many rows were left out. */
  remarks: string[];
}

interface Column<Row> extends ListingColumn {
  cell: (row: Row) => string;
  /** A column is shown when at least one row needs it; always, when this is absent. */
  needed?: (row: Row) => boolean;
}

function text<Row>(title: string, cell: (row: Row) => string, needed?: (row: Row) => boolean): Column<Row> {
  return { title, short: title, numeric: false, cell, ...(needed && { needed }) };
}

function number<Row>(
  title: string,
  short: string,
  value: (row: Row) => number,
  needed?: (row: Row) => boolean,
): Column<Row> {
  return { title, short, numeric: true, cell: (row) => count(value(row)), ...(needed && { needed }) };
}

const NONE = '–';
const orNone = (value: number | null) => (value === null ? NONE : String(value));

const FLOW_COLUMNS: Column<Flow>[] = [
  text('Protocol', (flow) => flow.protocol),
  { title: 'VNI', short: 'VNI', numeric: true, cell: (flow) => orNone(flow.vni) },
  text('Source', (flow) => flow.source),
  text('Destination', (flow) => flow.destination),
  {
    title: 'Id',
    short: 'Id',
    numeric: true,
    cell: (flow) => orNone(flow.identifier),
    needed: (flow) => flow.identifier !== null,
  },
  number('Requests', 'Req', (flow) => flow.requests),
  number('Answered', 'Ans', (flow) => flow.answered),
  number('Unanswered', 'Unans', (flow) => flow.unanswered),
  number(
    'Pending',
    'Pend',
    (flow) => flow.pending,
    (flow) => flow.pending > 0,
  ),
  number(
    'Late',
    'Late',
    (flow) => flow.late,
    (flow) => flow.late > 0,
  ),
  number('Duplicates', 'Dup', duplicates, (flow) => duplicates(flow) > 0),
  {
    title: 'RTT (median)',
    short: 'RTT',
    numeric: true,
    cell: (flow) => (flow.rttMicroseconds === null ? NONE : duration(flow.rttMicroseconds.median)),
    needed: (flow) => flow.rttMicroseconds !== null,
  },
];

function duplicates(flow: Flow): number {
  return flow.duplicateRequests + flow.duplicateReplies;
}

const SEGMENT_COLUMNS: Column<Segment>[] = [
  text('From', (segment) => segment.from),
  text('To', (segment) => segment.to),
  number('Sent', 'Sent', (segment) => segment.sent),
  number('Lost', 'Lost', (segment) => segment.lost),
  text('One-way delay', segmentDelay),
];

const TUNNEL_COLUMNS: Column<Tunnel>[] = [
  text('Tunnel', (tunnel) => tunnel.encapsulation),
  { title: 'VNI', short: 'VNI', numeric: true, cell: (tunnel) => String(tunnel.vni) },
  { title: 'UDP port', short: 'Port', numeric: true, cell: (tunnel) => String(tunnel.port) },
  text('End A', (tunnel) => tunnel.endpoints[0]),
  text('End B', (tunnel) => tunnel.endpoints[1]),
  number('Packets A→B', 'A→B', (tunnel) => tunnel.packets[0]),
  number('Packets B→A', 'B→A', (tunnel) => tunnel.packets[1]),
];

const CAPTURE_COLUMNS: Column<CaptureReport>[] = [
  text('Capture', (capture) => capture.label),
  text('Vantage', (capture) => capture.vantage),
  number('Packets', 'Packets', (capture) => capture.packets),
  number('VXLAN', 'VXLAN', ({ counts }) => counts.vxlan),
  number(
    'Geneve',
    'Geneve',
    ({ counts }) => counts.geneve,
    ({ counts }) => counts.geneve > 0,
  ),
  number('Echo requests', 'EchoReq', ({ counts }) => counts.echoRequests + counts.echoRequestsV6),
  number('Echo replies', 'EchoRep', ({ counts }) => counts.echoReplies + counts.echoRepliesV6),
  number('ARP requests', 'ArpReq', ({ counts }) => counts.arpRequests),
  number('ARP replies', 'ArpRep', ({ counts }) => counts.arpReplies),
  number('ND solicitations', 'NS', ({ counts }) => counts.neighborSolicitations, usesNeighborDiscovery),
  number('ND advertisements', 'NA', ({ counts }) => counts.neighborAdvertisements, usesNeighborDiscovery),
];

function usesNeighborDiscovery({ counts }: CaptureReport): boolean {
  return counts.neighborSolicitations > 0 || counts.neighborAdvertisements > 0;
}

/** Every table of the report that has a row, each with at most `limit` rows. */
export function listings(report: Report, limit: number): Listing[] {
  const flows = flowsByTrouble(report.flows);
  const all = [
    listing('Flows', FLOW_COLUMNS, flows, limit, flowNotes, (flow) => flow.unanswered > 0, restOfFlows),
    listing(
      'Segments',
      SEGMENT_COLUMNS,
      report.segments,
      limit,
      noNotes,
      (segment) => segment.lost > 0,
      restOf('segment'),
    ),
    listing('Tunnels', TUNNEL_COLUMNS, report.tunnels, limit, noNotes, never, restOf('tunnel')),
    listing('Captures', CAPTURE_COLUMNS, report.captures, limit, captureNotes, never, restOf('capture')),
  ];
  const summarised = report.flowsSummarised;
  if (summarised !== null) {
    all[0]!.remarks.push(
      `${counted(summarised.flows, 'further flow')} only summed up: ${counted(summarised.requests, 'request')}, ${count(summarised.answered)} answered, ${count(summarised.unanswered)} unanswered, ${count(summarised.pending)} pending.`,
    );
  }
  for (const policy of new Set(report.captures.map((capture) => capture.checksums.policy))) {
    if (policy !== '') all[3]!.remarks.push(`Checksums verified: ${policy}`);
  }
  return all.filter(({ rows, remarks }) => rows.length > 0 || remarks.length > 0);
}

function listing<Row>(
  title: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  limit: number,
  notes: (row: Row) => string[],
  trouble: (row: Row) => boolean,
  rest: (rows: readonly Row[]) => string,
): Listing {
  const shown = rows.slice(0, limit);
  const used = columns.filter(({ needed }) => needed === undefined || shown.some(needed));
  return {
    title,
    columns: used,
    rows: shown.map((row) => ({
      cells: used.map((column) => column.cell(row)),
      notes: notes(row),
      trouble: trouble(row),
    })),
    remarks: rows.length > limit ? [rest(rows.slice(limit))] : [],
  };
}

const never = () => false;
const noNotes = () => [];
const restOf = (noun: string) => (rest: readonly unknown[]) => `… and ${counted(rest.length, `more ${noun}`)}.`;

function restOfFlows(rest: readonly Flow[]): string {
  let unanswered = 0;
  let pending = 0;
  for (const flow of rest) {
    if (flow.unanswered > 0) unanswered++;
    else if (flow.pending > 0) pending++;
  }
  const flows = `… and ${counted(rest.length, 'more flow')}`;
  if (unanswered > 0) return `${flows}, ${count(unanswered)} of them with unanswered requests.`;
  return pending > 0 ? `${flows}, all answered or pending.` : `${flows}, all answered.`;
}

function flowNotes(flow: Flow): string[] {
  const notes = flow.losses.map((loss) => `${lossSentence(loss)}.`);
  if (flow.unanswered > 0 && flow.path.length > 1) notes.push(`Path: ${flow.path.join(' → ')}`);
  return notes;
}

const SHOWN_VNIS = 8;

function captureNotes(capture: CaptureReport): string[] {
  const about = [`${capture.format} ${capture.linkTypes.join(', ')}`.trimEnd(), captureWindow(capture)];
  if (capture.file !== null) about.unshift(capture.file);
  const notes = [about.join(', ')];
  if (capture.vnis.length > 0) {
    const vnis = capture.vnis.slice(0, SHOWN_VNIS).map(({ vni, packets }) => `${vni} (${counted(packets, 'packet')})`);
    const more = capture.vnis.length - vnis.length;
    notes.push(`VNI ${vnis.join(', ')}${more > 0 ? `, and ${count(more)} more` : ''}`);
  }
  const weak: string[] = [];
  if (!capture.complete) weak.push('cut short');
  if (capture.counts.malformed > 0) weak.push(counted(capture.counts.malformed, 'malformed packet'));
  if (capture.counts.snapped > 0) weak.push(`${counted(capture.counts.snapped, 'packet')} cut by the snap length`);
  if (capture.checksums.wrong > 0) {
    weak.push(`${count(capture.checksums.wrong)} of ${counted(capture.checksums.verified, 'checksum')} wrong`);
  }
  if (weak.length > 0) notes.push(weak.join(', '));
  for (const warning of capture.warnings) notes.push(`Warning: ${warning}`);
  return notes;
}
