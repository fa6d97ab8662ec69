/**
 * The ordinary packets of an ordinary capture, which the kernel takes in: this side tells it where the tables lie, and
 * takes from it what it counted.
 *
 * The kernel does what `EchoObserver`, `DnsObserver`, `NeighborObserver` and `observeTunnel` would do, in those cases where
 * that is little, and leaves every other packet to them.
 */
import { Ordinary } from '../decode/ordinary.ts';
import { Digest, ROW_WORDS } from './digest.ts';
import type { GlancedFrames } from './glanced-frames.ts';
import type { Kernel, KernelFunctions } from './kernel.ts';
import type { KeyTable } from './key-table.ts';
import type { Observations } from './observations.ts';
import type { RecentPackets } from './recent.ts';
import { ROW } from './round-trips.ts';
import { KeySet, STATE_WORDS, State, WINDOW } from './state.ts';
import type { TableMemory } from './table-memory.ts';

const NO_WORDS = new Int32Array(0);
/** Where the state tells of the sets of keys. */
const SETS = [State.Tunnels, State.Talkers, State.Addresses, State.Claims, State.ClaimedAddresses];

export class OrdinaryObserver {
  private readonly observations: Observations;
  private readonly functions: KernelFunctions;
  private readonly state: Int32Array;
  // of the batch
  private rows: Int32Array = NO_WORDS;
  private count = 0;
  private readonly memory: TableMemory;
  /** The sets of keys, in the order of `SETS`. */
  private readonly sets: readonly KeyTable[];
  /** Regions of the memory when the kernel was told last where the tables are. */
  private knownRegions = -1;
  /** Packets of the batch that the kernel took in. */
  private taken = 0;

  constructor(observations: Observations, recent: RecentPackets, kernel: Kernel) {
    this.observations = observations;
    const { state, memory, functions } = kernel;
    this.memory = memory;
    this.functions = functions;
    this.state = state;
    const { flows, waiting, answers, roundTrips, trajectory, claims, tunnels, talkers, addresses } = observations;
    this.sets = [tunnels.table, talkers.table, addresses.table, claims.table, claims.addresses];
    state[State.FlowWords] = flows.words.byteOffset;
    state[State.FlowLimit] = flows.limit;
    state[State.FlowNumberBits] = flows.numberBits;
    state[State.WaitingWords] = waiting.words.byteOffset;
    state[State.WaitingLimit] = waiting.limit;
    state[State.WaitingNumberBits] = waiting.numberBits;
    state[State.AnsweredLimit] = waiting.answeredLimit;
    state[State.Recent] = recent.words.byteOffset;
    state[State.Answers] = answers.words.byteOffset;
    state[State.RoundTrips] = roundTrips.numbers.byteOffset;
    state[State.Points] = trajectory.words.byteOffset;
    state[State.PointTimes] = trajectory.times.byteOffset;
    state[State.ClaimNumbers] = claims.numbers.byteOffset;
    state[State.NewestClaims] = claims.newest.byteOffset;
    state[State.LinkChanges] = observations.linkChanges.words.byteOffset;
    state[State.RoundTripCopy] = memory.words(ROW).byteOffset;
    state[State.Candidates] = memory.words(WINDOW).byteOffset;
    const numbers = new Float64Array(state.buffer, state.byteOffset, STATE_WORDS / 2);
    numbers[State.ReplyTimeout / 2] = observations.replyTimeout;
  }

  /** Begins a batch; `number` is the frame number of the first of `frames`. */
  begin(frames: GlancedFrames, number: number): void {
    const { state } = this;
    this.rows = frames.rows;
    this.count = frames.count;
    this.taken = 0;
    state[State.Rows] = frames.rows.byteOffset;
    state[State.Times] = frames.time.byteOffset;
    state[State.Bytes] = frames.view.byteOffset;
    state[State.Offsets] = frames.offset.byteOffset;
    state[State.Count] = frames.count;
    state[State.FrameNumber] = number;
    state[State.FetchedTo] = 0;
    state[State.Bare] = 0;
    state[State.Requests] = 0;
    state[State.Replies] = 0;
    state[State.ChecksumsVerified] = 0;
    state[State.ChecksumsWrong] = 0;
    state[State.ArpRequests] = 0;
    state[State.ArpReplies] = 0;
  }

  /**
   * Takes in ordinary packets of the batch from position `from` on, up to the first that is none. Returns the position of
   * that packet, of which nothing was taken in.
   */
  observe(from: number): number {
    const { rows, count, observations, functions, state, sets } = this;
    if (rows[from * ROW_WORDS + Digest.Kind] === Ordinary.No) return from;
    const { flows, waiting, trajectory, answers, linkChanges } = observations;
    if (!answers.hasRoom(count - from)) this.settle();
    if (this.memory.regions !== this.knownRegions) this.locateTables();
    state[State.FlowCount] = flows.count;
    state[State.WaitingCount] = waiting.count;
    state[State.Answered] = waiting.answered;
    state[State.PointCount] = trajectory.count;
    state[State.Selection] = trajectory.selection;
    state[State.AnswerCount] = answers.count;
    state[State.LinkChangeCount] = linkChanges.count;
    for (let i = 0; i < sets.length; i++) state[SETS[i] + KeySet.Count] = sets[i].count;
    const to = functions.observe(from);
    flows.count = state[State.FlowCount];
    waiting.count = state[State.WaitingCount];
    waiting.answered = state[State.Answered];
    trajectory.count = state[State.PointCount];
    trajectory.selection = state[State.Selection];
    answers.count = state[State.AnswerCount];
    linkChanges.count = state[State.LinkChangeCount];
    for (let i = 0; i < sets.length; i++) sets[i].count = state[SETS[i] + KeySet.Count];
    this.taken += to - from;
    return to;
  }

  /** Ends a batch: counts the packets that the kernel took in. */
  end(): void {
    const { state } = this;
    const { counts } = this.observations;
    const bare = state[State.Bare];
    counts.bare += bare;
    counts.vxlan += this.taken - bare;
    counts.echoRequests += state[State.Requests];
    counts.echoReplies += state[State.Replies];
    counts.checksumsVerified += state[State.ChecksumsVerified];
    counts.checksumsWrong += state[State.ChecksumsWrong];
    counts.arpRequests += state[State.ArpRequests];
    counts.arpReplies += state[State.ArpReplies];
  }

  /** Counts the answers that were noted. */
  settle(): void {
    const { functions, state, observations } = this;
    const { answers, roundTrips } = observations;
    state[State.AnswerCount] = answers.count;
    state[State.RoundTripRows] = roundTrips.rows;
    functions.settle();
    roundTrips.rows = state[State.RoundTripRows];
    answers.count = 0;
  }

  /** Tells the kernel where those tables are that move when they grow. */
  private locateTables(): void {
    const { state } = this;
    const { flows, waiting, tunnels } = this.observations;
    this.knownRegions = this.memory.regions;
    state[State.FlowSlots] = flows.slots.byteOffset;
    state[State.FlowMask] = flows.mask;
    state[State.WaitingSlots] = waiting.slots.byteOffset;
    state[State.WaitingMask] = waiting.mask;
    state[State.TunnelNumbers] = tunnels.numbers.byteOffset;
    for (let i = 0; i < this.sets.length; i++) {
      const { keys, slots, mask, limit } = this.sets[i];
      state[SETS[i] + KeySet.Keys] = keys.byteOffset;
      state[SETS[i] + KeySet.Slots] = slots.byteOffset;
      state[SETS[i] + KeySet.Mask] = mask;
      state[SETS[i] + KeySet.Limit] = limit;
    }
  }
}
