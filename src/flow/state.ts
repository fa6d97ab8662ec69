/** The state: a few words of the kernel's memory that both sides read and write, besides the tables. */

/** Address of the first word. */
export const STATE_AT = 64;
/** Bytes of a page (WebAssembly core specification), and the most pages that the memory may have. */
export const PAGE_BYTES = 1 << 16;
export const MAXIMUM_PAGES = 1 << 15;
/** Bytes at the start of the memory that are not given out: the state is there. */
export const RESERVED_BYTES = 4096;

/** Interfaces of a capture of which the kernel knows whether they are Ethernet; frames of others are decoded in full. */
export const KNOWN_CHANNELS = 256;

/** Words of the state, by position. What is called by the name of a table is the address of its array. */
export enum State {
  /** Bytes of the memory that are given out. */
  Used,
  /** A byte for each UDP port: a `PortUse`. */
  Ports,
  /** A byte for each of the first interfaces of a capture: 1 where its frames are Ethernet. */
  EthernetChannels,

  // tables
  FlowWords,
  FlowSlots,
  FlowMask,
  FlowCount,
  FlowLimit,
  FlowNumberBits,
  TunnelNumbers,
  WaitingWords,
  WaitingSlots,
  WaitingMask,
  WaitingCount,
  WaitingLimit,
  WaitingNumberBits,
  Answered,
  AnsweredLimit,
  Recent,
  Points,
  PointTimes,
  ClaimNumbers,
  NewestClaims,
  LinkChanges,
  LinkChangeCount,
  PointCount,
  Selection,
  Answers,
  AnswerCount,
  RoundTrips,
  RoundTripRows,
  /** Room for one row. */
  RoundTripCopy,

  /** For each position in a window the flow that the packet most likely belongs to. */
  Candidates,

  // the batch: its arrays, how many frames it has, and the frame number of the first
  Rows,
  Times,
  Bytes,
  Offsets,
  Count,
  FrameNumber,
  /** Position up to which candidates were looked for. */
  FetchedTo,

  // what was taken in since the batch began: echo requests and replies, packets outside any tunnel
  Requests,
  Replies,
  Bare,
  /** Checksums verified, and of those the wrong ones. */
  ChecksumsVerified,
  ChecksumsWrong,
  ArpRequests,
  ArpReplies,

  /** What looking ahead returned: kept, so that the compiler keeps the looking. */
  Fetched,
  /** Two words, as a number: see `Observations.replyTimeout`. */
  ReplyTimeout = 56,

  // sets of keys, each with the words of a `KeySet`
  Tunnels = 64,
  Talkers = 72,
  Claims = 80,
  ClaimedAddresses = 88,
  Addresses = 96,
}
/** What is told of a `KeyTable`. */
export enum KeySet {
  Keys,
  Slots,
  Mask,
  Count,
  /** Keys that it may have. */
  Limit,
}
/** Words of the state. */
export const STATE_WORDS = 104;

/** Frames of a window: few enough for what is fetched for them to stay in the nearest cache. */
export const WINDOW = 32;

/** What all frames of a batch come to, as 64-bit numbers by position. */
export enum Total {
  /** Bytes captured, and bytes on the wire. */
  Bytes,
  WireBytes,
  /** Frames of which not all was captured. */
  Snapped,
  /** Times of the earliest and the latest, NaN when none is known. */
  FirstTime,
  LastTime,
}
export const TOTALS = 5;
