import { expect, test } from 'vitest';
import { dropWarnings } from '../../src/capture/drops.ts';
import type { CaptureInterface } from '../../src/capture/frames.ts';

const INTERFACE: CaptureInterface = {
  linkType: 1,
  snapLength: 0,
  name: null,
  filter: null,
  resolutionNanoseconds: 1000,
  received: null,
  dropped: null,
};

/** Messages about so many interfaces, of which every second one dropped packets. */
function messages(interfaces: number, received: (index: number) => number | null): string[] {
  const all = Array.from({ length: interfaces }, (_, index) => ({
    ...INTERFACE,
    name: `if${index}`,
    received: received(index),
    dropped: index % 2,
  }));
  return dropWarnings(all).map(({ message }) => message);
}

test('ten interfaces that dropped packets are said one by one, the others in one', () => {
  expect(messages(20, () => 9)).toHaveLength(10);
  expect(messages(20, () => 9).at(-1)).toBe('the capturing system dropped 1 of 9 packets on if19');
  expect(messages(22, () => 9).slice(9)).toEqual([
    'the capturing system dropped 1 of 9 packets on if19',
    'the capturing system dropped 1 of 9 packets on 1 further interface',
  ]);
  expect(messages(60_000, () => 9)).toHaveLength(11);
  expect(messages(60_000, () => 9).at(-1)).toBe(
    'the capturing system dropped 29990 of 269910 packets on 29990 further interfaces',
  );
});

test('what further interfaces received is not said when one of them does not say', () => {
  expect(messages(60_000, (index) => (index === 40_001 ? null : 9)).at(-1)).toBe(
    'the capturing system dropped 29990 packets on 29990 further interfaces',
  );
});
