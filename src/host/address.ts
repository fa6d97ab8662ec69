/**
 * Addresses as commands print them, brought to one spelling: MACs in lower case with colons, IPv4 in
 * dotted decimal, IPv6 as RFC 5952 recommends.
 */

const MAC = /^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/;
const DOTTED_MAC = /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/;
const DECIMAL = /^(0|[1-9][0-9]{0,2})$/;
const HEXADECIMAL = /^[0-9a-fA-F]{1,4}$/;

/** A 48-bit MAC as `0a:58:0a:84:02:2e`; null when the text is none. Takes `0A-58-…`, `a:58:…` and `0a58.0a84.022e`. */
export function readMac(text: string): string | null {
  if (text.length > 17) return null;
  const lower = text.toLowerCase();
  if (DOTTED_MAC.test(lower)) return lower.replaceAll('.', '').match(/../g)!.join(':');
  if (!MAC.test(lower)) return null;
  return lower
    .split(/[:-]/)
    .map((byte) => byte.padStart(2, '0'))
    .join(':');
}

/** The 16-bit groups of an address: 2 for IPv4, 8 for IPv6; null when the text is no address. A zone (`%eth0`) is ignored. */
export function addressGroups(text: string): number[] | null {
  if (text.length > 64) return null;
  const zone = text.indexOf('%');
  const address = zone > 0 ? text.slice(0, zone) : text;
  return address.includes(':') ? ipv6Groups(address) : ipv4Groups(address);
}

function ipv4Groups(text: string): number[] | null {
  const bytes = text.split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => DECIMAL.test(byte) && Number(byte) < 256)) return null;
  const [a, b, c, d] = bytes.map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

function ipv6Groups(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupList(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupList(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Groups between colons; the last may be an IPv4 address where `last` says that the text ends here. */
function groupList(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const embedded = last && index === parts.length - 1 && part.includes('.') ? ipv4Groups(part) : null;
    if (embedded !== null) groups.push(...embedded);
    else if (HEXADECIMAL.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

/** An IPv4 or IPv6 address in its one spelling; null when the text is none. */
export function readAddress(text: string): string | null {
  const groups = addressGroups(text);
  return groups === null ? null : formatGroups(groups);
}

function formatGroups(groups: readonly number[]): string {
  if (groups.length === 2) return dotted(groups[0]!, groups[1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${dotted(groups[6]!, groups[7]!)}`;
  }
  // RFC 5952 section 4.2: the longest run of at least two zero groups is shortened, the first of equals.
  let start = 0;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** An address with the length of its prefix in bits. */
export interface Prefix {
  address: string;
  length: number;
}

/** `10.132.2.46/24` or a bare address, which is a prefix of all its bits; null when the text is neither. Takes `/255.255.255.0`. */
export function readPrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const groups = addressGroups(address);
  if (groups === null) return null;
  const bits = groups.length * 16;
  const length = slash < 0 ? bits : prefixLength(text.slice(slash + 1));
  if (length === null || length > bits) return null;
  return { address: formatGroups(groups), length };
}

/** Bits of a prefix length or of a contiguous netmask; null when it is neither. */
export function prefixLength(text: string): number | null {
  if (/^[0-9]{1,3}$/.test(text)) return Number(text);
  const groups = addressGroups(text);
  if (groups === null) return null;
  const bits = groups.map((group) => group.toString(2).padStart(16, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null;
}

/** A prefix in its one spelling, without the length where it is that of a single address; null when the text is none. */
export function readDestination(text: string): string | null {
  const prefix = readPrefix(text);
  if (prefix === null) return null;
  const bits = prefix.address.includes(':') ? 128 : 32;
  return prefix.length === bits ? prefix.address : `${prefix.address}/${prefix.length}`;
}

/** True when the address lies in the prefix, false when it does not or is of the other family; null when either is unreadable. */
export function prefixContains(prefix: string, address: string): boolean | null {
  const outer = readPrefix(prefix);
  const inner = addressGroups(address);
  if (outer === null || inner === null) return null;
  const groups = addressGroups(outer.address)!;
  if (groups.length !== inner.length) return false;
  return groups.every((group, index) => {
    const bits = Math.min(16, Math.max(0, outer.length - index * 16));
    const mask = (0xffff << (16 - bits)) & 0xffff;
    return (group & mask) === (inner[index]! & mask);
  });
}
