/** The order of two captures that only flows between the same ends tell. */
import { describe, expect, test } from 'vitest';
import { FlowJoin } from '../../src/flow/join.ts';
import type { Vantage } from '../../src/flow/vantage.ts';
import { observe, vantagesOf } from './correlating.ts';
import { type Bytes, ethernet, icmpEcho, icmpv6Echo, ipv4, ipv6, mac, vxlan } from './encoding.ts';
import { type Frame, TIMEOUT } from './simulation.ts';

const ANSWERED = 4900;
/** More than vote. */
const MANY = 20_000;
const SILENT = 100;
const MILLISECOND = 1e6;

/** One echo request or reply between the ends of pair `pair`, which are the pair's own inside the same tunnel. */
function echo(pair: number, identifier: number, isReply: boolean, isIpv6: boolean): Bytes {
  const ends = [1, 2].map((end) =>
    isIpv6 ? [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end, 0, pair >> 8, pair & 255] : [10, end, pair >> 8, pair & 255],
  );
  const outer = [1, 2].map((end) => [192, 168, 10, end]);
  if (isReply) {
    ends.reverse();
    outer.reverse();
  }
  const header = { source: ends[0], destination: ends[1] };
  const payload = [pair >> 8, pair & 255, 3, 4];
  const packet = isIpv6
    ? ipv6(header, 58, icmpv6Echo(isReply ? 129 : 128, identifier, 1, payload, header))
    : ipv4({ ...header, identification: pair }, 1, icmpEcho(isReply ? 0 : 8, identifier, 1, payload));
  return vxlan(5, outer[0], outer[1], ethernet(mac(1), mac(2), isIpv6 ? 0x86dd : 0x0800, packet));
}

/**
 * Two captures of one wire. The clock of the one nearer to the asker is a millisecond ahead, so that the
 * clocks put them the wrong way round. `pairOf` says whose ends a flow without an answer has.
 */
function captures(answered: number, pairOf: (silent: number) => number, isIpv6: boolean): Vantage[] {
  const frames: Record<'near' | 'far', Frame[]> = { near: [], far: [] };
  const put = (time: number, delay: number, bytes: Bytes): void => {
    frames.near.push({ time: time + MILLISECOND, bytes });
    frames.far.push({ time: time + delay, bytes });
  };
  for (let n = 0; n < answered; n++) {
    put(n * MILLISECOND, 1e5, echo(n, 7, false, isIpv6));
    // What comes back passes the farther capture first.
    put(n * MILLISECOND + 5e5, -1e5, echo(n, 7, true, isIpv6));
  }
  for (let n = 0; n < SILENT; n++) put((answered + n) * MILLISECOND, 1e5, echo(pairOf(n), 8, false, isIpv6));
  const later = (answered + SILENT) * MILLISECOND + 2 * TIMEOUT;
  put(later, 1e5, echo(0, 9, false, isIpv6));
  return vantagesOf(
    Object.entries(frames).map(([label, list]) => {
      list.sort((a, b) => a.time - b.time);
      return { label, host: null, observations: observe(list) };
    }),
  );
}

/** How many of the flows that nobody answered are said to have passed the captures in which order. */
function ordersOfSilent(vantages: readonly Vantage[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const inOrder = vantages.map((vantage, index) => ({ ...vantage, index }));
  const join = new FlowJoin(inOrder, { replyTimeoutNanoseconds: TIMEOUT, ownership: { owns: () => false } });
  for (const { answered, identifier, path, pathCertain } of join.flows()) {
    if (answered > 0 || identifier !== 8) continue;
    const order = `${path.map(({ label }) => label).join(' ')}${pathCertain ? '' : '?'}`;
    counts[order] = (counts[order] ?? 0) + 1;
  }
  return counts;
}

describe('flows without an answer are taken to pass two captures like the thousands of others', () => {
  test.each([
    ['of the same ends', ANSWERED, (silent: number) => silent * 49, false],
    ['of the same ends, the last there are', ANSWERED, (silent: number) => ANSWERED - 1 - silent, false],
    ['of the same tunnel', ANSWERED, (silent: number) => ANSWERED + silent, false],
    ['of the same IPv6 ends', ANSWERED, (silent: number) => silent * 49, true],
    ['of the same tunnel, where only a sample votes', MANY, (silent: number) => MANY + silent, false],
  ])('%s, in whichever order the captures are given', (_, answered, pairOf, isIpv6) => {
    const vantages = captures(answered, pairOf, isIpv6);
    expect(ordersOfSilent(vantages)).toEqual({ 'near far': SILENT });
    expect(ordersOfSilent([...vantages].reverse())).toEqual({ 'near far': SILENT });
  });
});
