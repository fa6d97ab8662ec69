/**
 * Flows as JSON, one a line. A report may list tens of thousands of them, nearly all of its length, so they are
 * written as bytes; what comes out is what `JSON.stringify` and `jsonText` make of them.
 */
import { jsonText } from './escape.ts';
import { LineBuffer, type Word, word } from './line-buffer.ts';
import type { Flow, Loss } from './model.ts';

/** Bytes per piece, at least, except for the last. */
const PIECE_BYTES = 65536;
/** No flow's line is longer, its texts and losses aside. */
const MAXIMUM_LINE = 1024;
const MAXIMUM_LOSS = 128;

const FIRST = word('[\n    ');
const NEXT = word(',\n    ');
const LAST = word('\n  ]');
const NONE = word('[]');
const PROTOCOL = word('{"protocol":');
const VNI = word(',"vni":');
const SOURCE = word(',"source":');
const DESTINATION = word(',"destination":');
const IDENTIFIER = word(',"identifier":');
const REQUESTS = word(',"requests":');
const ANSWERED = word(',"answered":');
const UNANSWERED = word(',"unanswered":');
/** Nearly all flows are in order, and this is what their lines say of it. */
const NOTHING_ELSE = word(',"pending":0,"late":0,"duplicateRequests":0,"duplicateReplies":0,"losses":[');
const PENDING = word(',"pending":');
const LATE = word(',"late":');
const DUPLICATE_REQUESTS = word(',"duplicateRequests":');
const DUPLICATE_REPLIES = word(',"duplicateReplies":');
const LOSSES = word(',"losses":[');
const STAGE = word('{"stage":');
const AFTER = word(',"after":');
const BEFORE = word(',"before":');
const COUNT = word(',"count":');
const NO_ROUND_TRIPS = word('],"rttMicroseconds":null,"path":[');
const MINIMUM = word('],"rttMicroseconds":{"min":');
const MEDIAN = word(',"median":');
const P99 = word(',"p99":');
const MAXIMUM = word(',"max":');
const PATH = word('},"path":[');
const END = word(']}');
const NULL = word('null');
const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;

/** The list of flows, in pieces worth a write each. */
export function* flowPieces(flows: Iterable<Flow>): Generator<string> {
  const writer = new FlowWriter(flows);
  while (!writer.isAtEnd) yield writer.piece();
}

class FlowWriter {
  private readonly flows: Iterator<Flow>;
  private separator = FIRST;
  isAtEnd = false;
  private readonly out = new LineBuffer(PIECE_BYTES + 2 * MAXIMUM_LINE);
  private readonly decoder = new TextDecoder();
  /** JSON of what many flows share: names of protocols, stages and captures. */
  private readonly words = new Map<string, Word>();

  constructor(flows: Iterable<Flow>) {
    this.flows = flows[Symbol.iterator]();
  }

  /** The next flows, as many as make a piece. */
  piece(): string {
    const { flows, out } = this;
    out.clear();
    while (out.length < PIECE_BYTES) {
      const { done, value } = flows.next();
      if (done === true) {
        out.text(this.separator === FIRST ? NONE : LAST);
        this.isAtEnd = true;
        break;
      }
      this.write(value);
    }
    return this.decoder.decode(out.written());
  }

  private write(flow: Flow): void {
    const { out } = this;
    out.reserve(MAXIMUM_LINE);
    out.text(this.separator);
    this.separator = NEXT;
    out.text(PROTOCOL);
    this.shared(flow.protocol);
    this.number(VNI, flow.vni);
    out.text(SOURCE);
    this.string(flow.source);
    out.text(DESTINATION);
    this.string(flow.destination);
    this.number(IDENTIFIER, flow.identifier);
    this.number(REQUESTS, flow.requests);
    this.number(ANSWERED, flow.answered);
    this.number(UNANSWERED, flow.unanswered);
    this.oddities(flow);
    for (let i = 0; i < flow.losses.length; i++) {
      if (i > 0) out.byte(COMMA);
      this.loss(flow.losses[i]);
    }
    this.roundTrips(flow.rttMicroseconds);
    for (let i = 0; i < flow.path.length; i++) {
      if (i > 0) out.byte(COMMA);
      this.shared(flow.path[i]);
    }
    out.text(END);
  }

  private oddities({ pending, late, duplicateRequests, duplicateReplies }: Flow): void {
    if (pending === 0 && late === 0 && duplicateRequests === 0 && duplicateReplies === 0) {
      this.out.text(NOTHING_ELSE);
      return;
    }
    this.number(PENDING, pending);
    this.number(LATE, late);
    this.number(DUPLICATE_REQUESTS, duplicateRequests);
    this.number(DUPLICATE_REPLIES, duplicateReplies);
    this.out.text(LOSSES);
  }

  private loss({ stage, after, before, count }: Loss): void {
    const { out } = this;
    out.reserve(MAXIMUM_LINE + MAXIMUM_LOSS);
    out.text(STAGE);
    this.shared(stage);
    out.text(AFTER);
    this.shared(after);
    out.text(BEFORE);
    if (before === null) out.text(NULL);
    else this.shared(before);
    this.number(COUNT, count);
    out.byte(CLOSE_BRACE);
  }

  private roundTrips(times: Flow['rttMicroseconds']): void {
    const { out } = this;
    if (times === null) {
      out.text(NO_ROUND_TRIPS);
      return;
    }
    this.number(MINIMUM, times.min);
    this.number(MEDIAN, times.median);
    this.number(P99, times.p99);
    this.number(MAXIMUM, times.max);
    out.text(PATH);
  }

  private number(name: Word, value: number | null): void {
    const { out } = this;
    out.text(name);
    if (value === null) out.text(NULL);
    else if (!out.fraction(value)) out.text(word(JSON.stringify(value)));
  }

  private string(value: string): void {
    const { out } = this;
    out.reserve(MAXIMUM_LINE + value.length);
    const start = out.length;
    out.byte(QUOTE);
    if (out.plain(value)) {
      out.byte(QUOTE);
      return;
    }
    out.length = start;
    this.shared(value);
  }

  /** What many flows have in common: made JSON of once. */
  private shared(value: string): void {
    const { out, words } = this;
    let json = words.get(value);
    if (json === undefined) {
      json = word(jsonText(JSON.stringify(value)));
      words.set(value, json);
    }
    out.reserve(MAXIMUM_LINE + json.length);
    out.text(json);
  }
}
