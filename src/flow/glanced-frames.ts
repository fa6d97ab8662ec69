/** Frames, with what the kernel tells of each of them at a glance, and of all. */

/** Frames in parallel arrays; what each means is said at `FrameBatch`. */
export interface Frames {
  readonly view: DataView;
  readonly count: number;
  readonly offset: Int32Array;
  readonly captured: Int32Array;
  readonly original: Int32Array;
  readonly time: Float64Array;
  readonly interfaceIndex: Int32Array;
}

/** All of the arrays lie in the kernel's memory, and the bytes that `view` shows. */
export interface GlancedFrames extends Frames {
  /** A row of words for each frame; see `Digest`. */
  readonly rows: Int32Array;
  /** What all frames come to; see `Total`. */
  readonly totals: Float64Array;
}

export interface Interfaces {
  readonly length: number;
  readonly [index: number]: { readonly linkType: number };
}
