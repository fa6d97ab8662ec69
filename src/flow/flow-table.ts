/**
 * What one capture saw of each flow: one record of plain numbers a flow, in pages that never move.
 *
 * A record is reached by `select(index)`, which points `words`, `doubles` and the two bases at it:
 * `flows.words[flows.word + Word.Requests]++`. Nothing is allocated but a page per 4096 flows.
 *
 * With many flows the records do not fit into a cache, and waiting for memory costs more than all
 * arithmetic. So what an ordinary request or reply touches stands together, in the first two or three
 * lines of 64 bytes; and `fetchSlot` and `fetchRecord` ask for the lines of several packets at once,
 * before the first of them is needed.
 */
import { hash5 } from './hash.ts';

/** 64-bit fields of a record, by position. Times are nanoseconds since the capture's epoch. */
export enum Double {
  /** Of the newest request. */
  LastTime = 7,
  RttMinimum = 15,
  RttMaximum = 16,
  FirstTime,
  /** When the run of sequence numbers that is growing began. */
  RunTime,
  LastReplyTime,
}

/** 32-bit fields of a record, by position; a `Double` stands in the two words at twice its position. */
export enum Word {
  // first line, for requests and replies: the key
  Protocol,
  Vni,
  Source,
  Destination,
  Identifier,
  // the newest request; sequence numbers are extended beyond 16 bits
  Newest,
  /** 1 while the newest request waits for its reply. */
  Open,
  NewestSize,
  NewestFingerprint,
  NewestFrame,
  Requests,
  Answered,
  UnmatchedReplies,
  Flags,
  // second line: the link layer; high halves are source << 16 | destination
  RequestMacHigh = 16,
  RequestSourceLow,
  RequestDestinationLow,
  RequestTimeToLive,
  /** Tunnel-table rows of requests and replies, -1 for bare. */
  RequestTunnel,
  ReplyTunnel,
  ReplyMacHigh,
  ReplySourceLow,
  ReplyDestinationLow,
  ReplyTimeToLive,
  // sizes of the IP packets in bytes
  LargestRequest,
  LargestAnswered,
  RttCount,
  RttRow,
  // third line, for replies in part
  FirstReplyFrame = 40,
  RunStart,
  RunFrame,
  /** Newest completed run in `RunPool`, or -1. */
  Runs,
  // what is out of the ordinary: counts
  Late,
  Refused,
  DuplicateRequests,
  DuplicateReplies,
  Retransmitted,
  /** Unanswered requests whose details were given up; see `WaitingTable`. */
  Forgotten,
  // evidence
  FirstFrame,
  LateFrame,
  DuplicateFrame,
  OtherHostFrame,
  MacChangeFrame,
}

/** Bits of `Word.Flags`. Bits 0 to 7: packet types of requests seen; bits 8 to 15: of replies. */
export enum FlowFlag {
  RequestMac = 1 << 16,
  ReplyMac = 1 << 17,
  MacChanged = 1 << 18,
  DontFragment = 1 << 19,
}

const STRIDE = 64;
const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;
/** Bytes of a cache line; records start on one. The allocator puts 16 bytes in front of a large buffer. */
const LINE = 64;
const ALLOCATOR_BYTES = 16;

export class FlowTable {
  count = 0;
  /** Flows that found no room; their packets are counted and not followed. */
  overflowed = 0;
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);
  /** Where the selected record starts in `words` and in `doubles`. */
  word = 0;
  double = 0;
  readonly limit: number;
  readonly pages: Int32Array[] = [];
  private readonly doublePages: Float64Array[] = [];
  private slots = new Int32Array(2 * 256);
  private mask = 255;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Points the cursor at a record. */
  select(index: number): void {
    const page = index >> PAGE_BITS;
    this.words = this.pages[page];
    this.doubles = this.doublePages[page];
    this.word = (index & (PAGE - 1)) * STRIDE;
    this.double = this.word >> 1;
  }

  /** Counts a packet that is not followed because its addresses found no room. */
  decline(): void {
    this.overflowed++;
  }

  /** Counts up one field of a record without moving the cursor. */
  increment(index: number, field: Word): void {
    this.pages[index >> PAGE_BITS][(index & (PAGE - 1)) * STRIDE + field]++;
  }

  /** Selects the flow with this key, if it is known; its number or -1. */
  find(protocol: number, vni: number, source: number, destination: number, identifier: number): number {
    return this.probe(protocol, vni, source, destination, identifier, false);
  }

  /** Selects the flow with this key, made when it is new; its number, or -1 when the table is full. */
  add(protocol: number, vni: number, source: number, destination: number, identifier: number): number {
    return this.probe(protocol, vni, source, destination, identifier, true);
  }

  /**
   * Asks for the memory where the flow with that hash is looked up. The number returned means nothing,
   * but has to be used for the memory to be asked for.
   */
  fetchSlot(hash: number): number {
    return this.slots[2 * (hash & this.mask)];
  }

  /** Asks for the record of the flow that `fetchSlot` found the slot of, as far as the hash tells it; like that otherwise. */
  fetchRecord(hash: number): number {
    const { slots, mask } = this;
    const at = 2 * (hash & mask);
    const index = slots[at + 1] - 1;
    if (index < 0 || slots[at] !== hash) return 0;
    const words = this.pages[index >> PAGE_BITS];
    const word = (index & (PAGE - 1)) * STRIDE;
    return words[word] + words[word + Word.RequestMacHigh] + words[word + Word.FirstReplyFrame];
  }

  private probe(a: number, b: number, c: number, d: number, e: number, insert: boolean): number {
    const hash = hash5(a, b, c, d, e);
    const { slots, mask } = this;
    let i = hash & mask;
    for (; ; i = (i + 1) & mask) {
      const index = slots[2 * i + 1] - 1;
      if (index < 0) break;
      if (slots[2 * i] !== hash) continue;
      this.select(index);
      const { words, word } = this;
      if (
        words[word + Word.Source] === c &&
        words[word + Word.Destination] === d &&
        words[word + Word.Identifier] === e &&
        words[word + Word.Vni] === b &&
        words[word + Word.Protocol] === a
      ) {
        return index;
      }
    }
    if (!insert) return -1;
    if (this.count >= this.limit) {
      this.overflowed++;
      return -1;
    }
    const index = this.count++;
    slots[2 * i] = hash;
    slots[2 * i + 1] = index + 1;
    if ((index & (PAGE - 1)) === 0) this.addPage();
    this.select(index);
    const { words, word } = this;
    words[word + Word.Protocol] = a;
    words[word + Word.Vni] = b;
    words[word + Word.Source] = c;
    words[word + Word.Destination] = d;
    words[word + Word.Identifier] = e;
    words[word + Word.Runs] = -1;
    words[word + Word.RttRow] = -1;
    words[word + Word.RequestTunnel] = -1;
    words[word + Word.ReplyTunnel] = -1;
    if (this.count * 2 > this.mask) this.growSlots();
    return index;
  }

  private addPage(): void {
    const lead = LINE - ALLOCATOR_BYTES;
    const buffer = new ArrayBuffer(lead + PAGE * STRIDE * 4);
    this.pages.push(new Int32Array(buffer, lead));
    this.doublePages.push(new Float64Array(buffer, lead));
  }

  private growSlots(): void {
    const old = this.slots;
    const slots = new Int32Array(old.length * 2);
    const mask = this.mask * 2 + 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let to = old[i] & mask;
      while (slots[2 * to + 1] !== 0) to = (to + 1) & mask;
      slots[2 * to] = old[i];
      slots[2 * to + 1] = old[i + 1];
    }
    this.slots = slots;
    this.mask = mask;
  }
}
