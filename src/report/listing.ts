/** The tables of a report, declared once for every renderer that shows them. Cells are as captured: escape them. */
import { flowsByTrouble } from './digest.ts';
import type { CaptureReport, Flow, Report, Segment, Tunnel } from './model.ts';
import { count, counted, duration, segmentDelay } from './phrases.ts';
import { captureNotes, checksumSentence, flowNotes, restOf, restOfFlows } from './remarks.ts';

export interface ListingColumn {
  title: string;
  /** The title where room is short. */
  short: string;
  numeric: boolean;
  /** Tells which row it is. Where a table is wider than the line, these stand on a line of their own. */
  leading: boolean;
  /** Counts what went missing: what stands out in a row that is in trouble. */
  missing: boolean;
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

function text<Row>(title: string, cell: (row: Row) => string): Column<Row> {
  return { title, short: title, numeric: false, leading: false, missing: false, cell };
}

function leading<Row>(title: string, cell: (row: Row) => string): Column<Row> {
  return { ...text(title, cell), leading: true };
}

/** A number that is shown as it is: no thousands separators, or none at all. */
function aligned<Row>(
  title: string,
  short: string,
  cell: (row: Row) => string,
  needed?: (row: Row) => boolean,
): Column<Row> {
  return { title, short, numeric: true, leading: false, missing: false, cell, ...(needed && { needed }) };
}

function number<Row>(
  title: string,
  short: string,
  value: (row: Row) => number,
  needed?: (row: Row) => boolean,
): Column<Row> {
  return aligned(title, short, (row) => count(value(row)), needed);
}

function missing<Row>(title: string, short: string, value: (row: Row) => number): Column<Row> {
  return { ...number(title, short, value), missing: true };
}

const NONE = '–';
const orNone = (value: number | null) => (value === null ? NONE : String(value));

const FLOW_COLUMNS: Column<Flow>[] = [
  text('Protocol', (flow) => flow.protocol),
  aligned('VNI', 'VNI', (flow) => orNone(flow.vni)),
  leading('Source', (flow) => flow.source),
  leading('Destination', (flow) => flow.destination),
  aligned(
    'Id',
    'Id',
    (flow) => orNone(flow.identifier),
    (flow) => flow.identifier !== null,
  ),
  number('Requests', 'Req', (flow) => flow.requests),
  number('Answered', 'Ans', (flow) => flow.answered),
  missing('Unanswered', 'Unans', (flow) => flow.unanswered),
  aligned(
    'RTT (median)',
    'RTT',
    (flow) => (flow.rttMicroseconds === null ? NONE : duration(flow.rttMicroseconds.median)),
    (flow) => flow.rttMicroseconds !== null,
  ),
];

const SEGMENT_COLUMNS: Column<Segment>[] = [
  leading('From', (segment) => segment.from),
  leading('To', (segment) => segment.to),
  number('Sent', 'Sent', (segment) => segment.sent),
  missing('Lost', 'Lost', (segment) => segment.lost),
  text('One-way delay', segmentDelay),
];

const TUNNEL_COLUMNS: Column<Tunnel>[] = [
  text('Tunnel', (tunnel) => tunnel.encapsulation),
  aligned('VNI', 'VNI', (tunnel) => String(tunnel.vni)),
  aligned('UDP port', 'Port', (tunnel) => String(tunnel.port)),
  leading('End A', (tunnel) => tunnel.endpoints[0]),
  leading('End B', (tunnel) => tunnel.endpoints[1]),
  number('Packets A→B', 'A→B', (tunnel) => tunnel.packets[0]),
  number('Packets B→A', 'B→A', (tunnel) => tunnel.packets[1]),
];

const CAPTURE_COLUMNS: Column<CaptureReport>[] = [
  leading('Capture', (capture) => capture.label),
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
  if (report.captures.length > 0) all[3]!.remarks.push(checksumSentence(report.captures));
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
