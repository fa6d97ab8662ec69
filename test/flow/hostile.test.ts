/** Traffic made to be expensive costs no more than other traffic. */
import { expect, test } from 'vitest';
import { joined, observe } from './correlating.ts';
import { ethernet, icmpEcho, ipv4, mac } from './encoding.ts';
import { type Frame, random } from './simulation.ts';

test('a flow whose sequence numbers jump with every request is judged in time', () => {
  const draw = random(1);
  const frames: Frame[] = [];
  for (let i = 0; i < 150_000; i++) {
    const header = { source: [10, 0, 0, 1], destination: [10, 0, 0, 2], identification: i & 0xffff };
    const echo = icmpEcho(8, 1, Math.floor(draw() * 65536), [i & 255, (i >> 8) & 255, i >> 16, 0]);
    frames.push({ time: i * 1e5, bytes: ethernet(mac(1), mac(2), 0x0800, ipv4(header, 1, echo)) });
  }
  const start = performance.now();
  const all = observe(frames, 1000);
  const some = observe(
    frames.filter((_, i) => i % 3 !== 0),
    1000,
  );
  const [flow] = joined([
    { label: 'a', host: null, observations: all },
    { label: 'b', host: null, observations: some },
  ]);
  expect(performance.now() - start).toBeLessThan(30_000);
  expect(flow.answered + flow.unanswered + flow.pending).toBe(flow.requests);
  expect(flow.losses.reduce((sum, { count }) => sum + count, 0)).toBe(flow.unanswered);
  // Which copy of a number it was is told by a sample of the packets only: the count is near, not exact.
  expect(Math.abs(flow.requests / 150_000 - 1)).toBeLessThan(0.2);
}, 60_000);
