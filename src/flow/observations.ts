/** All that one capture has to say, in tables whose size depends on its flows and not on its length. */
import { AddressTable } from './address-table.ts';
import { Answers } from './answers.ts';
import { ClaimTable } from './claim-table.ts';
import { ErrorTable } from './error-table.ts';
import { FlowTable, Word } from './flow-table.ts';
import { FragmentTable } from './fragment-table.ts';
import { LinkChanges } from './link-changes.ts';
import { RoundTrips } from './round-trips.ts';
import { RunPool } from './runs.ts';
import { TableMemory } from './table-memory.ts';
import { Talkers } from './talkers.ts';
import { Trajectory } from './trajectory.ts';
import { TunnelTable } from './tunnel-table.ts';
import { ExchangeState, WaitingTable } from './waiting-table.ts';

/** What exchanges are told apart; the numbers are the first word of a flow's key, with `IPV6` added for IPv6. */
export enum Protocol {
  Echo,
  Arp,
  Neighbor,
  TcpConnect,
  Dns,
}

export const IPV6 = 16;

/** True for questions after the address on the link: they repeat byte for byte, and as a rule go to all of a network. */
export function isResolution(protocolAndVersion: number): boolean {
  const protocol = protocolAndVersion & ~IPV6;
  return protocol === Protocol.Arp || protocol === Protocol.Neighbor;
}

/** Bounds on what is kept of one capture. */
export interface Limits {
  flows: number;
  /** Exchanges kept one by one, */
  waiting: number;
  /** and those among them that are answered: to compare captures, and to know packets that come again. */
  answered: number;
}

export const DEFAULT_LIMITS: Limits = { flows: 1 << 20, waiting: 1 << 20, answered: 1 << 20 };
/** Of a capture that is not compared with others. */
export const LIMITS_ALONE: Limits = { ...DEFAULT_LIMITS, answered: 1 << 14 };

/** Packets by what the innermost of them is. */
export class PacketCounts {
  packets = 0;
  /** Bytes captured, and bytes on the wire. */
  bytes = 0;
  wireBytes = 0;
  vxlan = 0;
  geneve = 0;
  bare = 0;
  /** Tunnel packets of VNIs that were not asked for: counted as packets, and nothing else is taken of them. */
  leftOut = 0;
  arpRequests = 0;
  arpReplies = 0;
  echoRequests = 0;
  echoReplies = 0;
  echoRequestsV6 = 0;
  echoRepliesV6 = 0;
  neighborSolicitations = 0;
  neighborAdvertisements = 0;
  malformed = 0;
  snapped = 0;
  /** Packets whose headers, not only payload, were cut by the snap length. */
  headersCut = 0;
  unsupported = 0;
  /** Checksums that were verified, and of those the wrong ones. */
  checksumsVerified = 0;
  checksumsWrong = 0;
  /** Echo requests to multicast or broadcast addresses, which no single host has to answer. */
  groupRequests = 0;
}

export class Observations {
  readonly counts = new PacketCounts();
  readonly addresses: AddressTable;
  readonly flows: FlowTable;
  readonly waiting: WaitingTable;
  readonly runs = new RunPool();
  readonly linkChanges: LinkChanges;
  readonly roundTrips: RoundTrips;
  readonly answers: Answers;
  readonly trajectory: Trajectory;
  readonly tunnels: TunnelTable;
  readonly claims: ClaimTable;
  readonly fragments = new FragmentTable();
  readonly errors = new ErrorTable();
  readonly talkers: Talkers;
  /** A reply after this many nanoseconds is late. */
  replyTimeout = Number.NaN;
  /** Times in nanoseconds since `epochSeconds` of the earliest and the latest packet; NaN while there is none. */
  firstTime = Number.NaN;
  lastTime = Number.NaN;
  epochSeconds = 0;

  /** What the kernel needs of it lies in `memory`. */
  constructor(limits: Limits = DEFAULT_LIMITS, memory = new TableMemory()) {
    this.addresses = new AddressTable(limits.flows * 2, memory);
    this.flows = new FlowTable(limits.flows, memory);
    this.linkChanges = new LinkChanges(memory);
    this.roundTrips = new RoundTrips(limits.flows, memory);
    this.answers = new Answers(memory);
    this.trajectory = new Trajectory(memory);
    this.tunnels = new TunnelTable(memory);
    this.claims = new ClaimTable(memory);
    this.talkers = new Talkers(memory);
    const onForget = (flow: number, state: ExchangeState): void => {
      if (state === ExchangeState.Waiting) this.flows.increment(flow, Word.Forgotten);
    };
    this.waiting = new WaitingTable(limits.waiting, limits.answered, onForget, memory);
  }

  /** Counts the answers that were noted: to be called before a flow's record is read. */
  settle(): void {
    this.answers.settle(this.flows, this.roundTrips);
  }
}
