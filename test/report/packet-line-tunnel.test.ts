/** Layers that were printed before are copied: the line must be the one that is written the first time. */
import { expect, test, vi } from 'vitest';
import { FRAMES } from '../wire/frames.ts';
import { print } from './packet-lines.ts';

const ETHERNET = 1;
/** Without a checksum in the outer UDP header, as tunnels send it. */
const FRAME = Uint8Array.from(Buffer.from(FRAMES.vxlan.hex, 'hex')).fill(0, 40, 42);
/** End of the inner IPv4 header. */
const HEADERS = 84;

/** The line as it is written by a program that has printed nothing before. */
async function firstLine(bytes: Uint8Array): Promise<string> {
  vi.resetModules();
  const fresh = await import('./packet-lines.ts');
  return fresh.print(bytes, ETHERNET).text;
}

function changed(at: number, bits: number): Uint8Array {
  const bytes = FRAME.slice();
  bytes[at] ^= bits;
  return bytes;
}

/** The header's checksum made right again. */
function checksummed(bytes: Uint8Array, ipAt: number): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint16(ipAt + 10, 0);
  let sum = 0;
  for (let at = ipAt; at < ipAt + 20; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  view.setUint16(ipAt + 10, ~sum & 0xffff);
  return bytes;
}

test('a flow of which one byte of a header changes, and back', async () => {
  const line = await firstLine(FRAME);
  for (let at = 0; at < HEADERS; at++) {
    const variants = [changed(at, 1), changed(at, 0x80), checksummed(changed(at, 1), at < 50 ? 14 : 64)];
    for (const bytes of variants) {
      const expected = await firstLine(bytes);
      for (let again = 0; again < 3; again++) expect(print(FRAME, ETHERNET).text).toBe(line);
      for (let again = 0; again < 3; again++) expect(print(bytes, ETHERNET).text).toBe(expected);
    }
  }
}, 60_000);

test('a payload that belies the checksum of the outer UDP header', async () => {
  const right = Uint8Array.from(Buffer.from(FRAMES.vxlan.hex, 'hex'));
  const wrong = right.with(right.length - 1, 0xff);
  const expected = await firstLine(wrong);
  expect(expected).toContain('[bad checksum 0xea96] VXLAN');
  for (let again = 0; again < 3; again++) print(right, ETHERNET);
  for (let again = 0; again < 3; again++) expect(print(wrong, ETHERNET).text).toBe(expected);
});

test('a packet that was cut behind the headers', async () => {
  for (let length = HEADERS; length < FRAME.length; length++) {
    const bytes = FRAME.subarray(0, length);
    vi.resetModules();
    const fresh = await import('./packet-lines.ts');
    const expected = fresh.print(bytes, ETHERNET, FRAME.length).text;
    for (let again = 0; again < 3; again++) {
      print(FRAME, ETHERNET);
      expect(print(bytes, ETHERNET, FRAME.length).text).toBe(expected);
    }
  }
}, 60_000);

test('the longest text there is', async () => {
  const bytes = FRAME.slice();
  const view = new DataView(bytes.buffer);
  // Addresses, ports and VNI with as many digits as there can be, a policy, and all reserved bits.
  for (const at of [26, 30, 76, 80]) view.setUint32(at, 0xfffefdfc);
  view.setUint16(34, 65535);
  view.setUint32(42, 0xffffffff);
  view.setUint32(46, 0xffffffff);
  for (const ipAt of [14, 64]) checksummed(bytes, ipAt);
  const expected = await firstLine(bytes);
  expect(expected).toContain('VXLAN vni 16777215 flags 0xff policy 65535 [reserved bits set]');
  for (let again = 0; again < 3; again++) expect(print(bytes, ETHERNET).text).toBe(expected);
});
