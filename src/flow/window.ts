/** Some frames in a row, with what a glance tells of each of them. */
import { Ordinary } from '../decode/glance.ts';
import type { PortTable } from '../decode/ports.ts';
import { LINKTYPE_ETHERNET } from '../wire/link-type.ts';
import { Digest, digest, ROW_WORDS } from './digest.ts';

/** Frames of a window at most: few enough for what is fetched for them to stay in the nearest cache. */
export const WINDOW = 32;

/** Frames in parallel arrays; what each means is said at `FrameBatch`. */
export interface Frames {
  readonly view: DataView;
  readonly offset: Int32Array;
  readonly captured: Int32Array;
  readonly original: Int32Array;
  readonly time: Float64Array;
  readonly interfaceIndex: Int32Array;
}

export interface Interfaces {
  readonly [index: number]: { readonly linkType: number };
}

/** A window onto frames. It is moved on, and the same rows are written again. */
export class Window {
  frames: Frames = NO_FRAMES;
  interfaces: Interfaces = [];
  /** Position in `frames` of the first, how many there are, and the first one's frame number in its capture. */
  from = 0;
  count = 0;
  number = 0;
  /** What a glance tells of frame `from + k` begins at `rows[firstRow + k * ROW_WORDS]`. */
  rows: Int32Array;
  firstRow = 0;
  private readonly own = new Int32Array(WINDOW * ROW_WORDS);

  constructor() {
    this.rows = this.own;
  }

  /** Moves on to `count` of `frames` from position `from` on, and glances at each; `number` is that of the first. */
  look(frames: Frames, interfaces: Interfaces, from: number, count: number, number: number, ports: PortTable): void {
    this.move(frames, interfaces, from, count, number, this.own, 0);
    readRows(frames, interfaces, from, count, ports, this.own, 0);
  }

  /** The same when all of `frames` were glanced at before; frame `from` has its row at `rows[firstRow]`. */
  move(
    frames: Frames,
    interfaces: Interfaces,
    from: number,
    count: number,
    number: number,
    rows: Int32Array,
    firstRow = from * ROW_WORDS,
  ): void {
    this.frames = frames;
    this.interfaces = interfaces;
    this.from = from;
    this.count = count;
    this.number = number;
    this.rows = rows;
    this.firstRow = firstRow;
  }
}

/** Glances at `count` of `frames` from position `from` on, and makes the rows of `rows`, from `firstRow` on. */
export function readRows(
  frames: Frames,
  interfaces: Interfaces,
  from: number,
  count: number,
  ports: PortTable,
  rows: Int32Array,
  firstRow: number,
): void {
  const { view, offset, captured, interfaceIndex } = frames;
  for (let i = from, row = firstRow; i < from + count; i++, row += ROW_WORDS) {
    const channel = interfaceIndex[i];
    const start = offset[i];
    const isEthernet = interfaces[channel].linkType === LINKTYPE_ETHERNET;
    rows[row + Digest.FlowHash] = 0;
    if (isEthernet && digest(view, start, start + captured[i], ports, rows, row, channel)) continue;
    rows[row + Digest.Kind] = Ordinary.No;
  }
}

/** What is counted of every frame, ordinary or not. */
export interface FrameTotals {
  frames: number;
  /** Bytes captured, and bytes on the wire. */
  bytes: number;
  wireBytes: number;
  /** Frames of which not all was captured. */
  snapped: number;
  /** Times of the earliest and the latest, NaN when none is known. */
  firstTime: number;
  lastTime: number;
}

/** What is known beforehand of frames that were glanced at: their totals, and a row each. */
export interface GlancedFrames {
  readonly totals: FrameTotals;
  readonly rows: Int32Array;
}

/** Counts the first `count` of `frames`. */
export function totals({ captured, original, time }: Frames, count: number): FrameTotals {
  let bytes = 0;
  let wireBytes = 0;
  let snapped = 0;
  let firstTime = Number.NaN;
  let lastTime = Number.NaN;
  for (let i = 0; i < count; i++) {
    const when = time[i];
    bytes += captured[i];
    wireBytes += original[i];
    if (captured[i] < original[i]) snapped++;
    // A time that is not known is neither less nor more than any other.
    if (when < firstTime || Number.isNaN(firstTime)) firstTime = when;
    if (when > lastTime || Number.isNaN(lastTime)) lastTime = when;
  }
  return { frames: count, bytes, wireBytes, snapped, firstTime, lastTime };
}

const NO_FRAMES: Frames = {
  view: new DataView(new ArrayBuffer(0)),
  offset: new Int32Array(0),
  captured: new Int32Array(0),
  original: new Int32Array(0),
  time: new Float64Array(0),
  interfaceIndex: new Int32Array(0),
};
