import { describe, expect, test } from 'vitest';
import {
  captureWindow,
  clockSentence,
  count,
  duration,
  lossSentence,
  microsecondsBetween,
  scopeSentence,
  segmentDelay,
} from '../../src/report/phrases.ts';
import { capture, healthy, manyFlows } from './fixtures.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1234567, '1,234,567'],
])('count %d', (n, expected) => {
  expect(count(n)).toBe(expected);
});

test.each([
  [0, '0 µs'],
  [0.25, '250 ns'],
  [21, '21.0 µs'],
  [412.5, '413 µs'],
  [9.996, '10.0 µs'],
  [999.7, '1.00 ms'],
  [1240, '1.24 ms'],
  [-1500, '-1.50 ms'],
  [999_999.9, '1.00 s'],
  [4_063_485, '4.06 s'],
  [600e6, '600 s'],
])('duration of %d µs', (microseconds, expected) => {
  expect(duration(microseconds)).toBe(expected);
});

test('time between two times keeps the nanoseconds', () => {
  expect(microsecondsBetween('2023-10-20T10:34:17.999999999Z', '2023-10-20T10:34:18.000000001Z')).toBeCloseTo(0.002, 6);
  expect(microsecondsBetween('2023-12-31T23:59:59.000000000Z', '2024-01-01T00:00:00.500000000Z')).toBe(1.5e6);
});

test('a capture without times says so', () => {
  expect(captureWindow(capture('a', { start: null, end: null }))).toBe('no timestamps');
});

describe('where exchanges ended', () => {
  test.each([
    [{ stage: 'request', after: 'a', before: 'b', count: 1 }, '1 request was seen at a and never at b'],
    [{ stage: 'reply', after: 'b', before: 'a', count: 2 }, '2 replies were seen at b and never at a'],
    [{ stage: 'no-reply', after: 'b', before: null, count: 3 }, '3 requests reached b, and no reply was seen there'],
  ] as const)('%o', (loss, expected) => {
    expect(lossSentence(loss)).toBe(expected);
  });
});

test.each([
  [null, 'unknown'],
  [{ atLeast: null, atMost: 12 }, '≤ 12.0 µs'],
  [{ atLeast: 3, atMost: 1200 }, '3.00 µs to 1.20 ms'],
])('segment delay %o', (delayMicroseconds, expected) => {
  expect(segmentDelay({ from: 'a', to: 'b', sent: 1, lost: 0, delayMicroseconds })).toBe(expected);
});

describe('clocks', () => {
  const hosts = { host: 'b', reference: 'a', samples: 3 };
  test.each([
    [{ atLeastSeconds: null, atMostSeconds: 1 }, 'b minus a: at most +1.000000 s (from 3 packets)'],
    [{ atLeastSeconds: -1, atMostSeconds: null }, 'b minus a: at least -1.000000 s (from 3 packets)'],
    [{ atLeastSeconds: null, atMostSeconds: null }, 'b minus a: at an unknown offset (from 3 packets)'],
  ])('bound %o', (bound, expected) => {
    expect(clockSentence({ ...hosts, bound })).toBe(expected);
  });

  test('offset and skew', () => {
    const clock = { ...hosts, offsetSeconds: -3600.5, uncertaintySeconds: 0.00004, skewPartsPerMillion: 12.34 };
    expect(clockSentence(clock)).toBe(
      'b minus a: -3600.500000 s, give or take 40.0 µs, drifting 12.34 ppm (from 3 packets)',
    );
  });
});

test('the scope adds up listed and summarised flows', () => {
  expect(scopeSentence(healthy)).toBe(
    '2 captures with 20 packets; 1 tunnel with 1 VNI; 5 exchanges in 1 flow: 5 answered, 0 unanswered, 0 pending.',
  );
  const many = manyFlows(5);
  expect(scopeSentence(many)).toContain('4,423 exchanges in 1,205 flows: 4,415 answered, 5 unanswered, 3 pending.');
});
