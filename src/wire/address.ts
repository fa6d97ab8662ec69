/**
 * Addresses: between the bytes of a packet and the text that people read.
 *
 * In packets an IPv4 address is one signed 32-bit number, a MAC the pair of its high 16 and low 32
 * bits, an IPv6 address the offset of its 16 bytes. Text is IPv4 in dotted decimal, IPv6 as RFC 5952
 * recommends, MACs in lower case with colons.
 */

/** `10.132.2.46`, from 32 bits, signed or not. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** `0a:58:0a:84:02:2e`, from the high 16 and the low 32 bits. */
export function formatMac(high: number, low: number): string {
  const hex = HEX;
  const front = `${hex[(high >>> 8) & 255]}:${hex[high & 255]}:${hex[low >>> 24]}`;
  return `${front}:${hex[(low >>> 16) & 255]}:${hex[(low >>> 8) & 255]}:${hex[low & 255]}`;
}

/** Every byte as two hexadecimal digits. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * The 16 bytes at `at` as RFC 5952 recommends: no leading zeros, lower case, the longest run of two or more
 * zero groups shortened, the first of equals; IPv4-mapped addresses end in dotted decimal (section 5).
 */
export function formatIpv6(view: DataView, at: number): string {
  if (isIpv4Mapped(view, at)) return `::ffff:${formatIpv4(view.getInt32(at + 12))}`;
  const run = longestZeroRun(view, at);
  const start = run >> 4;
  const end = start + (run & 15);
  let text = '';
  for (let group = 0; group < 8; group++) {
    if (group === start) {
      text += '::';
      group = end - 1;
    } else {
      if (group > 0 && group !== end) text += ':';
      text += view.getUint16(at + group * 2).toString(16);
    }
  }
  return text;
}

/** True when the address at `at` is one of ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
export function isIpv4Mapped(view: DataView, at: number): boolean {
  return view.getInt32(at) === 0 && view.getInt32(at + 4) === 0 && view.getInt32(at + 8) === 0xffff;
}

/**
 * The run of zero groups that RFC 5952 section 4.2 shortens in the address at `at`: the first group times 16
 * plus how many; 0x80, which is no group of the eight, when no two zero groups adjoin.
 */
export function longestZeroRun(view: DataView, at: number): number {
  let best = 0x80;
  let bestLength = 1;
  let length = 0;
  for (let group = 0; group < 8; group++) {
    length = view.getUint16(at + group * 2) === 0 ? length + 1 : 0;
    if (length > bestLength) {
      bestLength = length;
      best = ((group + 1 - length) << 4) | length;
    }
  }
  return best;
}

/** An address read from text: 4 or 16 bytes in network order. */
export interface IpAddress {
  family: 4 | 6;
  bytes: Uint8Array;
}

/** The address that `text` names, in any spelling of RFC 4291 section 2.2; null when it names none. Takes no zone and no prefix. */
export function parseIp(text: string): IpAddress | null {
  if (text.length > 45) return null;
  const groups = text.includes(':') ? parseIpv6(text) : ipv4Groups(text);
  if (groups === null) return null;
  return { family: groups.length === 2 ? 4 : 6, bytes: Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255])) };
}

/** The 32 bits, signed, of the IPv4 address that `text` names in dotted decimal without leading zeros; null when it names none. */
export function parseIpv4(text: string): number | null {
  let address = 0;
  let byte = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (digit === DOT) {
      if (digits === 0) return null;
      address = (address << 8) | byte;
      byte = 0;
      digits = 0;
      dots++;
    } else {
      if (digit < 0 || digit > 9 || (digits > 0 && byte === 0)) return null;
      byte = byte * 10 + digit;
      digits++;
      if (byte > 255) return null;
    }
  }
  return dots === 3 && digits > 0 ? (address << 8) | byte : null;
}

const DIGIT_0 = 48;
/** A full stop, counted from the digit 0. */
const DOT = 46 - DIGIT_0;

/** The high 16 and the low 32 bits of the MAC that `text` names, as signed as they are read from a packet; null when it names none. */
export function parseMac(text: string): { high: number; low: number } | null {
  if (!/^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text)) return null;
  const digits = text.replace(/[:-]/g, '');
  return { high: Number.parseInt(digits.slice(0, 4), 16), low: Number.parseInt(digits.slice(4), 16) | 0 };
}

/** True for group addresses, broadcast among them: the lowest bit of the first byte (IEEE 802 section 8.2). */
export function isMulticastMac(high: number): boolean {
  return (high & 0x0100) !== 0;
}

/** True for ff:ff:ff:ff:ff:ff. */
export function isBroadcastMac(high: number, low: number): boolean {
  return high === 0xffff && low === -1;
}

/** True for ff00::/8 (RFC 4291 section 2.7). */
export function isMulticastIpv6(view: DataView, at: number): boolean {
  return view.getUint8(at) === 0xff;
}

/** True for fe80::/10 (RFC 4291 section 2.5.6). */
export function isLinkLocal(view: DataView, at: number): boolean {
  return (view.getUint16(at) & 0xffc0) === 0xfe80;
}

/** True when the address at `at` is the solicited-node multicast address of the one at `target` (RFC 4291 section 2.7.1). */
export function isSolicitedNode(view: DataView, at: number, target: number): boolean {
  if (view.getInt32(at) !== (0xff020000 | 0) || view.getInt32(at + 4) !== 0 || view.getInt32(at + 8) !== 1)
    return false;
  return view.getInt32(at + 12) === (0xff000000 | (view.getInt32(target + 12) & 0xffffff));
}

/** True when the interface id of the IPv6 address at `at` is made of a MAC: ff:fe in its middle (RFC 4291 appendix A). */
export function isEui64(view: DataView, at: number): boolean {
  return view.getUint8(at + 11) === 0xff && view.getUint8(at + 12) === 0xfe;
}

/** High 16 bits of the MAC in the interface id at `at` + 8, the universal/local bit turned back; only where `isEui64`. */
export function eui64MacHigh(view: DataView, at: number): number {
  return view.getUint16(at + 8) ^ 0x0200;
}

/** Low 32 bits of the MAC in the interface id at `at` + 8; only where `isEui64`. */
export function eui64MacLow(view: DataView, at: number): number {
  return (view.getUint8(at + 10) << 24) | (view.getInt32(at + 12) & 0xffffff);
}

function ipv4Groups(text: string): number[] | null {
  const address = parseIpv4(text);
  return address === null ? null : [address >>> 16, address & 0xffff];
}

function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0], halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1], true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** The groups between colons; where `ends` the text, the last may be an IPv4 address. */
function parseGroups(text: string, ends: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const dotted = ends && index === parts.length - 1 ? ipv4Groups(part) : null;
    if (dotted !== null) groups.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}
