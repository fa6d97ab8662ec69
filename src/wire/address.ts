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
