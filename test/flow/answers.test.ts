/** Answers are counted in their flows' records, in the order they were noted in, however many there are at a time. */
import { expect, test } from 'vitest';
import { answer } from '../../src/flow/exchange.ts';
import { Double, Word } from '../../src/flow/flow-table.ts';
import { Observations } from '../../src/flow/observations.ts';

const FLOWS = 7;
/** More than are noted at a time. */
const ANSWERS = 100_000;

test('each answer is counted once, with its time and the size of its request', () => {
  const observations = new Observations();
  observations.replyTimeout = 50_000;
  const { flows, answers, roundTrips } = observations;
  for (let i = 0; i < ANSWERS; i++) {
    flows.add(0, 7, i % FLOWS, 0, 0);
    answers.roundTrip = 1000 + i;
    answer(observations, i, i % 1000);
  }
  observations.settle();
  for (let flow = 0; flow < FLOWS; flow++) {
    flows.select(flow);
    const { words, word, doubles, double } = flows;
    const mine = Array.from({ length: ANSWERS }, (_, i) => i).filter((i) => i % FLOWS === flow);
    const times = mine.map((i) => 1000 + i);
    expect([words[word + Word.Answered], words[word + Word.RttCount]]).toEqual([mine.length, mine.length]);
    expect(words[word + Word.LargestAnswered]).toBe(999);
    expect(words[word + Word.Late]).toBe(times.filter((time) => time > 50_000).length);
    expect([doubles[double + Double.RttMinimum], doubles[double + Double.RttMaximum]]).toEqual([
      times[0],
      times[times.length - 1],
    ]);
    const median = times[times.length >> 1] / 1000;
    expect(Math.abs(roundTrips.quantiles(flows).median / median - 1)).toBeLessThan(0.1);
  }
});

test('an answer whose time is not known is an answer without a round trip', () => {
  const observations = new Observations();
  const { flows, answers } = observations;
  flows.add(0, 7, 1, 2, 3);
  for (const time of [Number.NaN, -5]) {
    answers.roundTrip = time;
    answer(observations, 1, 100);
  }
  observations.settle();
  const { words, word } = flows;
  expect([words[word + Word.Answered], words[word + Word.RttCount], words[word + Word.LargestAnswered]]).toEqual([
    2, 0, 100,
  ]);
});
