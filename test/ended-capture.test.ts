/** What other captures saw after one had ended is not lost on the way to it; only the capture itself can tell when that was. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { analyze } from '../src/analyze.ts';
import { openCapture } from '../src/capture/open.ts';
import { PcapngWriter } from '../src/capture/pcapng-writer.ts';
import { errorCodes, sumLosses } from './scenarios.ts';

const SCENARIO = 'captures/underlay-drop';
const scratch = mkdtempSync(join(tmpdir(), 'vxtrace-ended-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Time {
  seconds: number;
  nanoseconds: number;
}

/** When the requests were captured at the worker's underlay. */
async function requestTimes(): Promise<Time[]> {
  const reader = await openCapture(join(SCENARIO, 'worker-ens3.pcap'));
  const times: Time[] = [];
  for await (const { view, offset, captured, time, count } of reader) {
    for (let i = 0; i < count; i++) {
      // A tunnel packet with an echo request: outer UDP to 4789, inner ICMP of type 8.
      if (captured[i] < 85 || view.getUint16(offset[i] + 36) !== 4789 || view.getUint8(offset[i] + 84) !== 8) continue;
      times.push({ seconds: reader.epochSeconds + Math.floor(time[i] / 1e9), nanoseconds: time[i] % 1e9 });
    }
  }
  return times;
}

/** A pcapng file of that name: the packets of a capture up to `last`, null for all, and when capturing ended. */
async function written(name: string, capture: string, last: Time | null, end: Time | null): Promise<string> {
  const blocks: Uint8Array[] = [];
  const writer = new PcapngWriter((block) => blocks.push(block));
  const id = writer.addInterface({ name: capture, linkType: 1, snapLength: 0 });
  const reader = await openCapture(join(SCENARIO, capture));
  for await (const { bytes, offset, captured, original, time, count } of reader) {
    for (let i = 0; i < count; i++) {
      const at = { seconds: reader.epochSeconds + Math.floor(time[i] / 1e9), nanoseconds: time[i] % 1e9 };
      const isLater = last !== null && (at.seconds - last.seconds) * 1e9 + at.nanoseconds > last.nanoseconds;
      if (!isLater) writer.writeFrame(id, at.seconds, at.nanoseconds, bytes, offset[i], captured[i], original[i]);
    }
  }
  writer.writeStatistics(id, { counters: null, end });
  const file = join(scratch, name);
  writeFileSync(file, Buffer.concat(blocks));
  return file;
}

/** The capture of the other end, which no request reached, as one that says when it ended: after so many requests. */
async function endedAfter(requests: number | null): Promise<string> {
  const times = await requestTimes();
  expect(times).toHaveLength(5);
  const end = requests === null ? null : { ...times[requests - 1], nanoseconds: times[requests - 1].nanoseconds + 1e7 };
  return written(`${requests}.pcapng`, 'podvm-ens2.pcap', end, end);
}

test.each([
  [null, 5],
  [5, 5],
  [2, 2],
  [1, 1],
])('ended after %s of 5 requests, %i of which are lost on the way to it', async (requests, lost) => {
  const ends: [string, string][] = [
    ['worker-ens3', join(SCENARIO, 'worker-ens3.pcap')],
    ['podvm-ens2', await endedAfter(requests)],
  ];
  const report = await analyze({
    captures: ends.map(([label, path]) => ({ path, label, host: label.split('-')[0], interfaceName: null })),
  });
  expect(errorCodes(report)).toEqual(['lost-in-underlay', 'unanswered-echo']);
  const echo = { protocol: 'icmp-echo', after: 'worker-ens3' };
  expect(sumLosses(report)).toEqual([
    ...(lost < 5 ? [{ ...echo, stage: 'no-reply', before: null, count: 5 - lost }] : []),
    { ...echo, stage: 'request', before: 'podvm-ens2', count: lost },
  ]);
});

test.each([
  ['does not say when it ended', null, 1, 4],
  ['ended a second later', 1, 5, 0],
  ['ended an hour later', 3600, 5, 0],
  ['ended 300 days later', 300 * 86_400, 5, 0],
  ['claims to have ended 400 days later', 400 * 86_400, 1, 4],
])('a capture that %s: of its last packets requests wait', async (_, later, unanswered, pending) => {
  const last = (await requestTimes())[4];
  const end = later === null ? null : { ...last, seconds: last.seconds + later };
  const path = await written(`later-${later}.pcapng`, 'worker-ens3.pcap', last, end);
  const { flows } = await analyze({ captures: [{ path, label: 'ens3', host: null, interfaceName: null }] });
  const tunnelled = [...flows].filter(({ vni }) => vni !== null);
  expect(tunnelled).toMatchObject([{ requests: 5, unanswered, pending }]);
});
