/** The flows of a capture, as `FlowTable` keeps them. */
import { BLOCK, BLOCK_WORDS, Digest, LINE_WORDS, PROTOCOL_BITS, ROW_WORDS, State, Word } from './declarations.ts';
import { setState, setWord, state, word } from './memory.ts';

/** Where a flow's record begins among the words of all. */
export function recordAt(index: i32): i32 {
  return (index & -BLOCK) * (BLOCK_WORDS / BLOCK) + (index & (BLOCK - 1)) * LINE_WORDS;
}

/** Address of a flow's record. */
export function recordOf(index: i32): usize {
  return <usize>state(State.FlowWords) + ((<usize>recordAt(index)) << 2);
}

/**
 * Finds the flow that each packet of a window most likely belongs to, and asks for the first line of its record. Both
 * loops are so short that the processor has many of their requests under way at the same time.
 */
export function fetchFlows(row: usize, count: i32, candidates: usize): void {
  const slots: usize = state(State.FlowSlots);
  const mask = state(State.FlowMask);
  const numberBits = state(State.FlowNumberBits);
  const records: usize = state(State.FlowWords);
  for (let k = 0; k < count; k++, row += ROW_WORDS << 2) {
    const hash = word(row, Digest.FlowHash);
    let i = hash & mask;
    let slot = word(slots, i);
    while (((slot ^ hash) & ~numberBits) !== 0 && slot !== 0) {
      i = (i + 1) & mask;
      slot = word(slots, i);
    }
    const index = (slot & numberBits) - 1;
    setWord(candidates, k, index & ~(index >> 31));
  }
  let seen = 0;
  for (let k = 0; k < count; k++) seen |= word(records, recordAt(word(candidates, k)));
  setState(State.Fetched, seen);
}

/** VNI of the flow of the packet with that row; -1 outside any tunnel. */
export function vniOf(row: usize): i32 {
  return (word(row, Digest.Scope) >> PROTOCOL_BITS) - 1;
}

/** True when the record is that of the flow of the packet with that row. */
function isFlowOf(record: usize, row: usize): bool {
  return (
    word(record, Word.Source) === word(row, Digest.Source) &&
    word(record, Word.Destination) === word(row, Digest.Destination) &&
    word(record, Word.Identifier) === word(row, Digest.Identifier) &&
    word(record, Word.Scope) === word(row, Digest.Scope)
  );
}

/** Number of the flow of the packet with that row, most likely `candidate`; -1 when it is not known. */
export function flowOf(row: usize, candidate: i32): i32 {
  if (isFlowOf(recordOf(candidate), row)) return candidate;
  return (word(<usize>state(State.FlowSlots), slotOf(row)) & state(State.FlowNumberBits)) - 1;
}

/** The same of a flow that is added when it is new; -1 when that cannot be done here. */
export function flowFor(row: usize, candidate: i32): i32 {
  const flow = flowOf(row, candidate);
  return flow < 0 ? addFlow(row) : flow;
}

/** Adds the flow of the packet with that row, which is not known yet. Returns its number; -1 when the table has to grow, or may not. */
export function addFlow(row: usize): i32 {
  const index = state(State.FlowCount);
  if (index >= state(State.FlowLimit) || (index + 1) * 2 > state(State.FlowMask)) return -1;
  const hash = word(row, Digest.FlowHash);
  setWord(<usize>state(State.FlowSlots), slotOf(row), (hash & ~state(State.FlowNumberBits)) | (index + 1));
  setState(State.FlowCount, index + 1);
  const record = recordOf(index);
  setWord(record, Word.Scope, word(row, Digest.Scope));
  setWord(record, Word.Source, word(row, Digest.Source));
  setWord(record, Word.Destination, word(row, Digest.Destination));
  setWord(record, Word.Identifier, word(row, Digest.Identifier));
  // Each line is written before it is read; see `TableMemory.index`.
  setWord(record, Word.Flags, 0);
  setWord(record, Word.Runs, -1);
  setWord(record, Word.RttRow, -1);
  setWord(record, Word.RequestTunnel, -1);
  setWord(record, Word.ReplyTunnel, -1);
  return index;
}

/** Position of the slot that holds the flow of the packet with that row, or of the empty one where it belongs. */
function slotOf(row: usize): i32 {
  const slots: usize = state(State.FlowSlots);
  const mask = state(State.FlowMask);
  const numberBits = state(State.FlowNumberBits);
  const hash = word(row, Digest.FlowHash);
  let i = hash & mask;
  for (let slot = word(slots, i); slot !== 0; slot = word(slots, i)) {
    if (((slot ^ hash) & ~numberBits) === 0 && isFlowOf(recordOf((slot & numberBits) - 1), row)) break;
    i = (i + 1) & mask;
  }
  return i;
}
