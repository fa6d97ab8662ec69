import { expect, test } from 'vitest';
import { macTimeLine } from '../../src/host/mac-time.ts';
import { readHostFacts } from '../../src/host/read.ts';

const TIME = {
  ...{ interface: 'vxlan0', mac: '7e:e5:f7:e6:f5:1a', from: Date.UTC(2026, 10, 23, 6, 0, 1, 250) },
  until: Date.UTC(2026, 10, 23, 6, 0, 9),
};

test('times of MACs are read as they were written, in the namespace of the text around them', () => {
  const own = { ...TIME, namespace: null };
  const inside = { ...TIME, namespace: 'podns', mac: '0a:58:0a:84:02:2e' };
  const facts = readHostFacts('podvm', `${macTimeLine(own)}netns: podns\n[]\n${macTimeLine(inside)}`);
  expect(facts.macTimes).toEqual([own, inside]);
  expect(facts.unrecognised).toEqual([]);
});

test.each([
  'mac-time vxlan0 7e:e5:f7:e6:f5:1a 2026-11-23T06:00:01.250Z',
  'mac-time vxlan0 7e:e5:f7:e6:f5 2026-11-23T06:00:01.250Z 2026-11-23T06:00:02.250Z',
  'mac-time vxlan0 7e:e5:f7:e6:f5:1a never 2026-11-23T06:00:02.250Z',
  'mac-time vxlan0 7e:e5:f7:e6:f5:1a 2026-11-23T06:00:01.250Z 2026-11-23T06:00:02.250Z more',
])('%s is none', (line) => {
  const facts = readHostFacts('podvm', `${line}\n`);
  expect(facts.macTimes).toBeUndefined();
  expect(facts.unrecognised).toEqual([{ line: 1, text: line }]);
});
