/** Counts answers in their flows' records, and keeps their round-trip times; as `Answers` and `RoundTrips` do. */
import {
  AHEAD,
  ANSWER_WORDS,
  Answer,
  DIGITS_SHIFT,
  Double,
  EXPONENT_OF_ONE,
  EXPONENT_SHIFT,
  FOURTH_QUARTER,
  MAXIMUM_ROWS,
  NEWEST,
  PER_OCTAVE,
  ROW,
  SECOND_QUARTER,
  STATE_AT,
  State,
  THIRD_QUARTER,
  Word,
} from './declarations.ts';
import { double, setDouble, setState, setWord, state, word } from './memory.ts';

/** Whether an answer came after its request, and not late. */
export function isInTime(roundTrip: f64): bool {
  return roundTrip >= 0 && roundTrip <= replyTimeout();
}

/** In nanoseconds. */
export function replyTimeout(): f64 {
  return double(STATE_AT, State.ReplyTimeout >> 1);
}

/** Notes an answer to the flow whose record starts at `record`, to be counted later. There must be room. */
export function noteAnswer(record: i32, size: i32, roundTrip: f64): void {
  const index = state(State.AnswerCount);
  const answer: usize = <usize>state(State.Answers) + ((<usize>index * ANSWER_WORDS) << 2);
  setState(State.AnswerCount, index + 1);
  setWord(answer, Answer.Record, record);
  setWord(answer, Answer.Size, size);
  setDouble(answer, Answer.RoundTrip >> 1, roundTrip);
}

/** Counts all that was noted. */
export function settle(): void {
  const records: usize = state(State.FlowWords);
  const answers: usize = state(State.Answers);
  const end: i32 = state(State.AnswerCount) * ANSWER_WORDS;
  for (let at = 0; at < end; at += ANSWER_WORDS) {
    if ((at & (AHEAD - 1)) === 0) fetch(records, answers, at, min(at + AHEAD, end));
    const answer = answers + ((<usize>at) << 2);
    const record = records + ((<usize>word(answer, Answer.Record)) << 2);
    const size = word(answer, Answer.Size);
    const roundTrip = double(answer, Answer.RoundTrip >> 1);
    setWord(record, Word.Answered, word(record, Word.Answered) + 1);
    if (size > word(record, Word.LargestAnswered)) setWord(record, Word.LargestAnswered, size);
    if (!(roundTrip >= 0)) continue;
    const count = word(record, Word.RttCount);
    if (count === 0 || roundTrip < double(record, Double.RttMinimum)) setDouble(record, Double.RttMinimum, roundTrip);
    if (count === 0 || roundTrip > double(record, Double.RttMaximum)) setDouble(record, Double.RttMaximum, roundTrip);
    setFloat(record, Word.RttNewest + (count & (NEWEST - 1)), <f32>(roundTrip / 1000));
    setWord(record, Word.RttCount, count + 1);
    if (((count + 1) & (NEWEST - 1)) === 0) move(record);
  }
}

/** Asks for the lines that the answers noted from `from` to `to` will touch. */
function fetch(records: usize, answers: usize, from: i32, to: i32): void {
  let seen = 0;
  for (let at = from; at < to; at += ANSWER_WORDS) {
    const position = word(answers, at + Answer.Record);
    seen |= word(records, position + Word.Answered);
  }
  setState(State.Fetched, seen);
}

/** Moves the eight times in the record to the flow's row, as long as there are rows: if flows are fewer, each has one. */
function move(record: usize): void {
  let row = word(record, Word.RttRow);
  if (row < 0) {
    row = state(State.RoundTripRows);
    if (row >= MAXIMUM_ROWS) return;
    setState(State.RoundTripRows, row + 1);
    setWord(record, Word.RttRow, row);
  }
  const times: usize = <usize>state(State.RoundTrips) + ((<usize>row * ROW) << 2);
  const moved = word(record, Word.RttCount) - NEWEST;
  if (moved < ROW) {
    for (let i = 0; i < NEWEST; i++) setFloat(times, moved + i, float(record, Word.RttNewest + i));
    return;
  }
  if (moved === ROW) makeHistogram(times);
  for (let i = 0; i < NEWEST; i++) count(times, float(record, Word.RttNewest + i));
}

/** Replaces a row of times by the histogram of them. */
function makeHistogram(times: usize): void {
  const copy: usize = state(State.RoundTripCopy);
  memory.copy(copy, times, ROW << 2);
  memory.fill(times, 0, ROW << 2);
  for (let i = 0; i < ROW; i++) count(times, float(copy, i));
}

function count(histogram: usize, microseconds: f32): void {
  const bucket = bucketOf(microseconds);
  setFloat(histogram, bucket, float(histogram, bucket) + 1);
}

/** Four times the binary logarithm, read from the exponent and the leading digits of the number as IEEE 754 keeps it. */
function bucketOf(microseconds: f32): i32 {
  if (!(microseconds > 1)) return 0;
  const bits = reinterpret<i32>(microseconds);
  const digits = (bits >> DIGITS_SHIFT) & 31;
  const quarter = i32(digits >= SECOND_QUARTER) + i32(digits >= THIRD_QUARTER) + i32(digits >= FOURTH_QUARTER);
  return min(((bits >> EXPONENT_SHIFT) - EXPONENT_OF_ONE) * PER_OCTAVE + quarter, ROW - 1);
}

function float(at: usize, position: i32): f32 {
  return load<f32>(at + ((<usize>position) << 2));
}

function setFloat(at: usize, position: i32, value: f32): void {
  store<f32>(at + ((<usize>position) << 2), value);
}
