/** Round-trip times: exact while there are few, within 10 % when there are many. */
import { describe, expect, test } from 'vitest';
import { Double, FlowTable } from '../../src/flow/flow-table.ts';
import { RoundTrips } from '../../src/flow/round-trips.ts';

/** Times between 50 µs and 50 ms, in nanoseconds, evenly spread over the logarithm and out of order. */
function times(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.round(50_000 * 1000 ** (((i * 619) % count) / count)));
}

function given(nanoseconds: readonly number[]): { median: number; p99: number } {
  const flows = new FlowTable(1);
  flows.add(0, 0, 0, 0, 0);
  const trips = new RoundTrips();
  for (const time of nanoseconds) {
    trips.latest = time;
    trips.add(flows, flows.word);
  }
  flows.doubles[flows.double + Double.RttMinimum] = Math.min(...nanoseconds);
  flows.doubles[flows.double + Double.RttMaximum] = Math.max(...nanoseconds);
  return trips.quantiles(flows);
}

function exact(nanoseconds: readonly number[], quantile: number): number {
  const sorted = nanoseconds.map((time) => time / 1000).sort((a, b) => a - b);
  const position = quantile * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

describe('quantiles', () => {
  test.each([1, 2, 7, 8, 9, 15, 16, 17, 100, 128, 129, 135])('of %i times are exact', (count) => {
    const all = times(count);
    const { median, p99 } = given(all);
    expect(median / exact(all, 0.5)).toBeCloseTo(1, 5);
    expect(p99 / exact(all, 0.99)).toBeCloseTo(1, 5);
  });

  test.each([136, 137, 144, 145, 1000, 50_000])('of %i times are within 10 %', (count) => {
    const all = times(count);
    const { median, p99 } = given(all);
    expect(Math.abs(median / exact(all, 0.5) - 1)).toBeLessThan(0.1);
    expect(Math.abs(p99 / exact(all, 0.99) - 1)).toBeLessThan(0.1);
  });

  test('of one flow do not mix with those of another', () => {
    const flows = new FlowTable(2);
    const trips = new RoundTrips();
    for (let i = 0; i < 400; i++) {
      flows.add(0, 0, i & 1, 0, 0);
      trips.latest = (i & 1) === 0 ? 1e6 : 5e6;
      trips.add(flows, flows.word);
    }
    flows.select(0);
    expect(Math.abs(trips.quantiles(flows).median / 1000 - 1)).toBeLessThan(0.1);
    flows.select(1);
    expect(Math.abs(trips.quantiles(flows).median / 5000 - 1)).toBeLessThan(0.1);
  });

  test('of flows beyond those that have a row are those of their newest eight', () => {
    const rows = 1 << 16;
    const flows = new FlowTable(rows + 1);
    const trips = new RoundTrips();
    for (let flow = 0; flow <= rows; flow++) {
      flows.add(0, 0, flow, 0, 0);
      for (let i = 1; i <= 20; i++) {
        trips.latest = flow * 1e6 + i * 1000;
        trips.add(flows, flows.word);
      }
      flows.doubles[flows.double + Double.RttMinimum] = flow * 1e6 + 1000;
      flows.doubles[flows.double + Double.RttMaximum] = flow * 1e6 + 20_000;
    }
    flows.select(1);
    expect(trips.quantiles(flows).median).toBeCloseTo(1000 + 10.5, 2);
    flows.select(rows);
    // 13 to 20 µs beyond the flow's own 65.536 s, as far as a single-precision number tells.
    expect(trips.quantiles(flows).median / (rows * 1000 + 16.5)).toBeCloseTo(1, 6);
    expect(trips.quantiles(flows).median).toBeGreaterThan(rows * 1000 + 12);
  });
});
