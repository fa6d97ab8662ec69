import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PrintOptions } from '../src/batch-printer.ts';
import type { CaptureReader } from '../src/capture/frames.ts';
import { openCapture, readCapture } from '../src/capture/open.ts';
import { printCapture } from '../src/print.ts';
import { FRAMES, type FrameName } from './wire/frames.ts';

const CAPTURE = 'captures/peer-pods-fixed/worker-ens3.pcap';

async function printed(reader: CaptureReader, options: PrintOptions): Promise<string[]> {
  let text = '';
  for await (const chunk of printCapture(reader, options)) text += Buffer.from(chunk).toString();
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text.split('\n').slice(0, -1);
}

function u32(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      return bytes;
    }),
  );
}

/** A pcap stream of frames, a second apart, each in a chunk of its own. */
async function* stream(names: readonly FrameName[]): AsyncGenerator<Uint8Array> {
  yield Buffer.concat([u32(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1)]);
  for (const [second, name] of names.entries()) {
    const bytes = Buffer.from(FRAMES[name].hex, 'hex');
    yield Buffer.concat([u32(1697798057 + second, 389643, bytes.length, bytes.length), bytes]);
  }
}

/** A pcapng stream with interfaces of these names, and one ARP request on each. */
function pcapng(names: readonly (string | null)[]): Uint8Array {
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    return Buffer.concat([u32(type, padded.length + 12), padded, u32(padded.length + 12)]);
  };
  const frame = Buffer.from(FRAMES['arp-request'].hex, 'hex');
  const interfaces = names.map((name) => {
    const text = Buffer.from(name ?? '');
    const option = Buffer.concat([u32(2 | (text.length << 16)), text, Buffer.alloc(-text.length & 3), u32(0)]);
    return block(1, Buffer.concat([u32(1, 0), name === null ? Buffer.alloc(0) : option]));
  });
  const packets = names.map((_, index) =>
    block(6, Buffer.concat([u32(index, 0x60820, 0, frame.length, frame.length), frame])),
  );
  return Buffer.concat([block(0x0a0d0d0a, u32(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)), ...interfaces, ...packets]);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('printCapture', () => {
  test('prints every packet of a shipped capture, in both formats', async () => {
    const text = await printed(await openCapture(CAPTURE), { format: 'text' });
    const json = await printed(await openCapture(CAPTURE), { format: 'json' });
    const packets = json.map((line) => JSON.parse(line));
    expect(text.length).toBe(packets.length);
    expect(packets.map(({ frame }) => frame)).toEqual(packets.map((_, index) => index + 1));
    for (const [index, packet] of packets.entries()) {
      expect(text[index]).toMatch(new RegExp(`^${packet.frame} ${packet.time} ${packet.length} `));
    }
    // The pcap header has 24 bytes, each record 16 and its frame.
    const bytes = packets.reduce((sum, { captured }) => sum + captured + 16, 24);
    expect(bytes).toBe(readFileSync(CAPTURE).length);
    expect(packets.some(({ vni, kind }) => vni === 555005 && kind === 'echo-reply')).toBe(true);
  });

  test('keeps to the VNIs and the count asked for, with the frame numbers of the capture', async () => {
    const names: FrameName[] = ['arp-request', 'vxlan', 'geneve', 'vxlan-over-ipv6', 'vxlan', 'arp-reply'];
    const frames = async (options: Partial<PrintOptions>): Promise<number[]> => {
      const lines = await printed(await readCapture(stream(names)), { format: 'json', ...options });
      return lines.map((line) => JSON.parse(line).frame);
    };
    expect(await frames({})).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await frames({ vnis: new Set([555005]) })).toEqual([2, 5]);
    expect(await frames({ vnis: new Set([555005, 4096]), count: 2 })).toEqual([2, 4]);
    expect(await frames({ count: 3 })).toEqual([1, 2, 3]);
    expect(await frames({ count: 0 })).toEqual([]);
    expect(await frames({ vnis: new Set() })).toEqual([]);
  });

  test('decodes the ports asked for', async () => {
    const hex = FRAMES['vxlan-over-ipv6'].hex
      .replace(/^(.{112})2118/, '$11092')
      .replace('080000000010', '080000010010');
    async function* chunks() {
      const bytes = Buffer.from(hex, 'hex');
      yield Buffer.concat([u32(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1), u32(0, 0, bytes.length, bytes.length), bytes]);
    }
    const plain = await printed(await readCapture(chunks()), { format: 'text' });
    expect(plain[0]).toMatch(/UDP 40000 > 4242 length 61 \[bad checksum 0x5383\]$/);
    const named = await printed(await readCapture(chunks()), { format: 'text', vxlanPorts: [4242] });
    expect(named[0]).toContain('UDP 40000 > 4242 length 61 [bad checksum 0x5383] VXLAN vni 4096 [reserved bits set] |');
  });

  test('hands out the packets of a capture in progress as they come', async () => {
    const reader = await readCapture(stream(['vxlan', 'arp-request', 'arp-reply']));
    const chunks: string[] = [];
    for await (const chunk of printCapture(reader, { format: 'text' })) chunks.push(Buffer.from(chunk).toString());
    expect(chunks.map((chunk) => chunk.split('\n').length - 1)).toEqual([1, 1, 1]);
    expect(chunks[2]).toMatch(/^3 2023-10-20T10:34:19\.389643000Z /);
  });

  test('names interfaces, harmless in both formats', async () => {
    const names = ['ens3', null, 'a "b"\n\u001b[31m'];
    const text = await printed(await readCapture(once(pcapng(names))), { format: 'text' });
    expect(text.map((line) => line.split(' ')[3])).toEqual(['ens3', '1', 'a_"b"__[31m']);
    const json = await printed(await readCapture(once(pcapng(names))), { format: 'json' });
    expect(json.map((line) => JSON.parse(line).interface)).toEqual(['ens3', 1, 'a "b"\n\u001b[31m']);
  });
});
