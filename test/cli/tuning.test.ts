/** V8 is told how to go about its work, and in the end is as it was: or nothing of what it compiled would be kept. */
import { cachedDataVersionTag } from 'node:v8';
import { expect, test } from 'vitest';
import { tuneAsUsual, tuneForJudging, tuneForReading } from '../../src/cli/tuning.ts';

test('what is changed is put back', () => {
  const before = cachedDataVersionTag();
  try {
    tuneForReading();
    tuneForJudging();
    expect(cachedDataVersionTag()).not.toBe(before);
  } finally {
    tuneAsUsual();
  }
  expect(cachedDataVersionTag()).toBe(before);
});
