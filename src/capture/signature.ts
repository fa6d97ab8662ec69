/** Tells from its first bytes what an input is. */

/** How many first bytes are looked at. */
export const SIGNATURE_BYTES = 16;

/** What vxtrace does not read, by first bytes, so that the message can name it. */
const FOREIGN: readonly (readonly [bytes: string, name: string])[] = [
  ['fd377a585a00', 'xz-compressed data; unpack it with xz -d'],
  ['425a68', 'bzip2-compressed data; unpack it with bzip2 -d'],
  ['04224d18', 'lz4-compressed data; unpack it with lz4 -d'],
  ['504b0304', 'a zip archive; unpack it with unzip'],
  ['736e6f6f70000000', 'a Solaris snoop capture; convert it with editcap -F pcapng'],
  ['474d4255', 'a Network Monitor capture; convert it with editcap -F pcapng'],
  ['5452534e49464620', 'a Sniffer capture; convert it with editcap -F pcapng'],
  ['7f454c46', 'an ELF program'],
  ['1f9d', 'data compressed with compress; unpack it with uncompress'],
];

/** The compression that first bytes stand for, or null. */
export function compressionOf(head: Uint8Array): 'gzip' | 'zstd' | null {
  const start = Buffer.from(head.subarray(0, 4)).toString('hex');
  if (start.startsWith('1f8b')) return 'gzip';
  // A zstd stream starts with a frame, or with a skippable frame of one of sixteen magic numbers.
  return start === '28b52ffd' || /^5.2a4d18$/.test(start) ? 'zstd' : null;
}

/** What an input that is no capture looks like, for a message: "text", "xz-compressed data", or its first bytes. */
export function looksLike(head: Uint8Array): string {
  const start = Buffer.from(head).toString('hex');
  for (const [bytes, name] of FOREIGN) {
    if (start.startsWith(bytes)) return name;
  }
  const compression = compressionOf(head);
  if (compression !== null) return `${compression} inside ${compression} or zstd; unpack it once`;
  if (isErf(head)) return 'an ERF capture; convert it with editcap -F pcapng';
  if (head.every((byte) => byte === 0)) return 'zero bytes';
  if (isText(head)) return 'text';
  return `unknown data (${start.slice(0, 16)})`;
}

/** An ERF record starts with a little-endian 64-bit time, then its type (1 to 27, less an extension bit) and flags. */
function isErf(head: Uint8Array): boolean {
  if (head.length < SIGNATURE_BYTES) return false;
  const type = head[8] & 0x7f;
  const recordLength = (head[10] << 8) | head[11];
  const seconds = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
  return type >= 1 && type <= 27 && recordLength >= 16 && seconds > 800_000_000;
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}
