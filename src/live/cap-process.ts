/**
 * A program of its own that captures with the npm package cap and prints pcap: `cap-process INTERFACE SNAPLEN FILTER`.
 *
 * cap keeps a pointer to the Buffer it is given and no reference, so the Buffer is held here for good. It tells
 * neither when a packet came nor how long it was on the wire: the time is that of arrival here.
 */
import addon from 'cap';
import { become, lesserUser } from '../capture/privilege.ts';

/** What libpcap buffers, in bytes. */
const BUFFER_BYTES = 32 << 20;
/** Bytes collected at most before they are printed; what is there when the loop turns is printed anyway. */
const CHUNK_BYTES = 1 << 20;
/** Unread output at which no more packets are taken: they are lost here, and counted. */
const MOST_WAITING = 64 << 20;
const LINK_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  IEEE802_11: 105,
  LINKTYPE_LINUX_SLL: 113,
};

const [device, snapLengthText, filter = ''] = process.argv.slice(2);
const snapLength = Number(snapLengthText);
const frame = Buffer.alloc(65_536);
let chunk = Buffer.alloc(CHUNK_BYTES);
let used = 0;
let lost = 0;
let received = 0;
let isScheduled = false;

function flush(): void {
  isScheduled = false;
  if (used === 0) return;
  process.stdout.write(chunk.subarray(0, used));
  chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  used = 0;
}

function end(): void {
  flush();
  process.stderr.write(`${received} packets received by filter\n${lost} packets dropped by this process\n`);
  process.stdout.end(() => process.exit(0));
}

const cap = new addon.Cap();
try {
  const linkType = cap.open(device, filter, BUFFER_BYTES, frame);
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength, 16);
  header.writeUInt32LE(LINK_TYPES[linkType] ?? 1, 20);
  process.stdout.write(header);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
// The device is open; nothing after this needs root.
if (process.getuid?.() === 0) become(lesserUser());
cap.on('packet', (bytes) => {
  received++;
  if (process.stdout.writableLength > MOST_WAITING) {
    lost++;
    return;
  }
  const captured = Math.min(bytes, snapLength);
  if (used + 16 + captured > CHUNK_BYTES) flush();
  const now = performance.timeOrigin + performance.now();
  const seconds = Math.floor(now / 1000);
  chunk.writeUInt32LE(seconds, used);
  chunk.writeUInt32LE(Math.floor((now - seconds * 1000) * 1000), used + 4);
  chunk.writeUInt32LE(captured, used + 8);
  chunk.writeUInt32LE(bytes, used + 12);
  frame.copy(chunk, used + 16, 0, captured);
  used += 16 + captured;
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(flush);
});
cap.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
process.on('SIGINT', end);
process.on('SIGTERM', end);
process.stdin.resume();
process.stdout.on('error', () => process.exit(0));
