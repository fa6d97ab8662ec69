/**
 * What one capture saw of each flow: one record of plain numbers a flow.
 *
 * A record is reached by `select(index)`, which sets the two bases: `flows.words[flows.word +
 * Word.Requests]++`. The room for all records is asked for at once; the operating system gives the
 * memory when a record is first touched, and so records never move and cost nothing until then.
 *
 * With many flows the records do not fit into a cache, and waiting for memory costs more than all
 * arithmetic. So all that an ordinary packet touches stands in the record's first line of 64 bytes; and the
 * first lines of 64 records lie side by side, then their second lines and so on, for a cache uses them best
 * when they fill whole pages.
 */
import { hash5 } from './hash.ts';
import { INITIAL_SLOTS, TableMemory } from './table-memory.ts';

/** Records of a block. */
export const BLOCK = 64;
/** Words of a line. */
export const LINE_WORDS = 16;
/** Words of a block: all first lines, all second ones from 1024 on, the third from 2048, the fourth from 3072. */
export const BLOCK_WORDS = BLOCK * 4 * LINE_WORDS;
/** 64-bit fields of a record, by position. Times are nanoseconds since the capture's epoch. */
export enum Double {
  /** Of the newest request. */
  LastTime = 7,
  RttMinimum = 514,
  RttMaximum,
  FirstTime = 1025,
  /** When the run of sequence numbers that is growing began. */
  RunTime,
  LastReplyTime,
}

/** 32-bit fields of a record, by position; a `Double` stands in the two words at twice its position. */
export enum Word {
  // first line, for requests and replies: the key, which begins with what `scopeOf` makes
  Scope,
  Source,
  Destination,
  Identifier,
  // the newest request; sequence numbers are extended beyond 16 bits
  Newest,
  /** Its frame while it waits for its reply, 0 otherwise. */
  OpenFrame,
  NewestSize,
  NewestFingerprint,
  /** The way it came, and the newest reply; see `wayOf`. */
  RequestWay,
  ReplyWay,
  /** Tunnel-table rows of requests and of replies, -1 for bare. */
  RequestTunnel,
  ReplyTunnel,
  Requests,
  UnmatchedReplies,
  // second line, for what `Answers` counts
  Answered = 1024,
  LargestAnswered,
  RttCount,
  /** Row in `RoundTrips`, or -1. */
  RttRow,
  /** Eight round-trip times in microseconds, as `floats`; see `RoundTrips`. */
  RttNewest = 1032,
  // third line
  Flags = 2048,
  // the link layer; high halves are source << 16 | destination
  RequestMacHigh = 2056,
  RequestSourceLow,
  RequestDestinationLow,
  ReplyMacHigh,
  ReplySourceLow,
  ReplyDestinationLow,
  /**
   * Times to live of the newest request in bits 0 to 7, of the newest reply in bits 8 to 15; the request's packet
   * type plus one in bits 16 to 23.
   */
  TimesToLive,
  /** Most bytes of an IP packet with a request. */
  LargestRequest,
  // fourth line: the run that is growing
  RunStart = 3072,
  RunFrame,
  /** Newest completed run in `RunPool`, or -1. */
  Runs,
  // what is out of the ordinary, counted
  Late,
  Refused,
  DuplicateRequests,
  DuplicateReplies,
  Retransmitted,
  /** Unanswered requests whose details were given up; see `WaitingTable`. */
  Forgotten,
  // evidence
  FirstFrame,
  FirstReplyFrame,
  LateFrame,
  DuplicateFrame,
  OtherHostFrame,
  /** Newest entry in `LinkChanges` plus one; 0 as long as requests come in one link layer. */
  LinkChanges,
}

/** Where a record begins in `words` and `floats`: its first line. */
export function recordAt(index: number): number {
  return (index & -BLOCK) * (BLOCK_WORDS / BLOCK) + (index & (BLOCK - 1)) * LINE_WORDS;
}

/** Bits of a scope that are a `Protocol`, with its IP version. */
export const PROTOCOL_BITS = 5;
const PROTOCOL_MASK = (1 << PROTOCOL_BITS) - 1;

/** First word of a flow's key: a VNI of 24 bits, or -1 outside any tunnel, and a protocol. */
export function scopeOf(protocol: number, vni: number): number {
  return ((vni + 1) << PROTOCOL_BITS) | protocol;
}

export function protocolOf(scope: number): number {
  return scope & PROTOCOL_MASK;
}

export function vniOf(scope: number): number {
  return (scope >> PROTOCOL_BITS) - 1;
}

/** Bits of `Word.Flags`. Bits 0 to 7: packet types of requests seen; bits 8 to 15: of replies. */
export enum FlowFlag {
  RequestMac = 1 << 16,
  ReplyMac = 1 << 17,
  /** Requests came in link layers that found no room among the `LinkChanges`. */
  LinksLeftOut = 1 << 18,
  DontFragment = 1 << 19,
}

export class FlowTable {
  count = 0;
  /** Flows that found no room; their packets are counted and not followed. */
  overflowed = 0;
  /** The records, as numbers of three kinds over the same memory. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly floats: Float32Array;
  /** Where the selected record starts in `words` and `floats`, and in `doubles`. */
  word = 0;
  double = 0;
  readonly limit: number;
  /** Number of the flow plus one in the low bits, bits of its hash in the others; 0 for an empty slot. */
  slots: Int32Array;
  mask: number;
  /** The bits of a slot that hold a number. */
  readonly numberBits: number;
  private readonly memory: TableMemory;

  constructor(limit: number, memory = new TableMemory()) {
    this.limit = limit;
    this.memory = memory;
    this.numberBits = -1 >>> Math.clz32(limit);
    const length = Math.ceil(limit / BLOCK) * BLOCK_WORDS;
    const { buffer, byteOffset } = memory.region(length * 4);
    this.words = new Int32Array(buffer, byteOffset, length);
    this.doubles = new Float64Array(buffer, byteOffset, length / 2);
    this.floats = new Float32Array(buffer, byteOffset, length);
    this.slots = memory.index(INITIAL_SLOTS);
    this.mask = INITIAL_SLOTS - 1;
  }

  /** Points the cursor at a record. */
  select(index: number): void {
    this.word = recordAt(index);
    this.double = this.word >> 1;
  }

  /** Of the selected record: what is told apart, with the IP version; see `Protocol`. */
  get protocol(): number {
    return protocolOf(this.words[this.word + Word.Scope]);
  }

  /** Of the selected record; -1 outside any tunnel. */
  get vni(): number {
    return vniOf(this.words[this.word + Word.Scope]);
  }

  /** Counts a packet that is not followed because its addresses found no room. */
  decline(): void {
    this.overflowed++;
  }

  /** Counts up one field of a record without moving the cursor. */
  increment(index: number, field: Word): void {
    this.words[recordAt(index) + field]++;
  }

  /** Selects the flow with this key, if it is known; its number or -1. */
  find(protocol: number, vni: number, source: number, destination: number, identifier: number): number {
    return this.probe(protocol, vni, source, destination, identifier, false);
  }

  /** Selects the flow with this key, made when it is new; its number, or -1 when the table is full. */
  add(protocol: number, vni: number, source: number, destination: number, identifier: number): number {
    return this.probe(protocol, vni, source, destination, identifier, true);
  }

  /** True when the record that starts at `word` is the flow with this key; see `scopeOf`. */
  private isAt(word: number, scope: number, source: number, destination: number, identifier: number): boolean {
    const { words } = this;
    return (
      words[word + Word.Source] === source &&
      words[word + Word.Destination] === destination &&
      words[word + Word.Identifier] === identifier &&
      words[word + Word.Scope] === scope
    );
  }

  private probe(
    protocol: number,
    vni: number,
    source: number,
    destination: number,
    identifier: number,
    insert: boolean,
  ): number {
    const { slots, mask, numberBits } = this;
    const scope = scopeOf(protocol, vni);
    const hash = hash5(protocol, vni, source, destination, identifier);
    let i = hash & mask;
    for (; ; i = (i + 1) & mask) {
      const slot = slots[i];
      if (slot === 0) break;
      if (((slot ^ hash) & ~numberBits) !== 0) continue;
      const index = (slot & numberBits) - 1;
      this.select(index);
      if (this.isAt(this.word, scope, source, destination, identifier)) return index;
    }
    if (!insert) return -1;
    if (this.count >= this.limit) {
      this.overflowed++;
      return -1;
    }
    const index = this.count++;
    slots[i] = (hash & ~numberBits) | (index + 1);
    this.select(index);
    const { words, word } = this;
    words[word + Word.Scope] = scope;
    words[word + Word.Source] = source;
    words[word + Word.Destination] = destination;
    words[word + Word.Identifier] = identifier;
    words[word + Word.Flags] = 0;
    words[word + Word.Runs] = -1;
    words[word + Word.RttRow] = -1;
    words[word + Word.RequestTunnel] = -1;
    words[word + Word.ReplyTunnel] = -1;
    if (this.count * 2 > mask) this.growSlots();
    return index;
  }

  private growSlots(): void {
    const slots = this.memory.index(this.slots.length * 2);
    const mask = slots.length - 1;
    const { words } = this;
    for (let index = 0; index < this.count; index++) {
      const at = recordAt(index);
      const scope = words[at + Word.Scope];
      const hash = hash5(
        protocolOf(scope),
        vniOf(scope),
        words[at + Word.Source],
        words[at + Word.Destination],
        words[at + Word.Identifier],
      );
      let i = hash & mask;
      while (slots[i] !== 0) i = (i + 1) & mask;
      slots[i] = (hash & ~this.numberBits) | (index + 1);
    }
    this.slots = slots;
    this.mask = mask;
  }
}
