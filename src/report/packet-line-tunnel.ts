/**
 * Lines of text: the layers from the outermost Ethernet header to the inner IPv4 addresses, as most lines of a VXLAN
 * capture have them. Packets of a flow have them all alike, and copying the text is faster than writing it anew.
 *
 * The table of texts is of fixed size. An entry is found by a hash of what the text is made of. A text is kept when
 * its entry is looked for twice in a row: of more flows than there are entries, most would be kept for nothing.
 */
import { Layer, type Packet } from '../decode/packet.ts';
import { ipv4HeaderValid } from '../wire/checksum.ts';
import { ethernet } from '../wire/ethernet.ts';
import { FRAGMENT_OFFSET, ipv4, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { udp } from '../wire/udp.ts';
import { vxlan } from '../wire/vxlan.ts';
import type { LayerScope } from './layer-scope.ts';
import type { LineBuffer } from './line-buffer.ts';

/** Layers whose text is kept: Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4. */
export const TUNNEL_LAYERS = 6;

// Where they start in the frame.
const IP_AT = ethernet.size;
const UDP_AT = IP_AT + ipv4.size;
const VXLAN_AT = UDP_AT + udp.size;
const INNER_AT = VXLAN_AT + vxlan.size;
const INNER_IP_AT = INNER_AT + ethernet.size;

/** What the text is made of, as places of 32 bits in the frame: MAC addresses, then IP addresses to MAC addresses, then IP addresses. */
const KEY_AT = Uint8Array.from([
  ...range(0, ethernet.at.etherType),
  ...range(IP_AT + ipv4.at.source, INNER_AT + ethernet.at.etherType),
  ...range(INNER_IP_AT + ipv4.at.source, INNER_IP_AT + ipv4.size),
]);

const ENTRIES = 1024;
/** The upper bits of a hash are the number of an entry. */
const HASH_SHIFT = 22;
/** Words of eight bytes for a text: the longest has 240 bytes. */
const TEXT_WORDS = 32;

const keys = new Int32Array(ENTRIES * KEY_AT.length);
const texts = new Float64Array(ENTRIES * TEXT_WORDS);
/** Bytes of each text; 0 where there is none. */
const lengths = new Uint8Array(ENTRIES);
/** The hash that each entry was looked for with last. */
const hashes = new Int32Array(ENTRIES);
/** The entry that was looked for last. */
let entry = 0;

/**
 * True when the packet has these layers, nothing in them is to be remarked upon, and the packet before it at the same
 * entry was most likely one of the same flow.
 */
export function isTunnelAgain({ layerKind, layerAt, layerCount, start }: Packet, view: DataView): boolean {
  if (layerCount < TUNNEL_LAYERS || layerKind[0] !== Layer.Ethernet) return false;
  if (layerKind[3] !== Layer.Vxlan || layerAt[3] !== start + VXLAN_AT) return false;
  if (layerKind[5] !== Layer.Ipv4 || layerAt[5] !== start + INNER_IP_AT) return false;
  const hash = hashOf(
    view.getInt32(start + UDP_AT),
    view.getInt32(start + UDP_AT + udp.at.length),
    ipv4.source(view, start + INNER_IP_AT),
    ipv4.destination(view, start + INNER_IP_AT),
  );
  entry = hash >>> HASH_SHIFT;
  const isAgain = hashes[entry] === hash;
  hashes[entry] = hash;
  return (
    isAgain &&
    udp.checksum(view, start + UDP_AT) === 0 &&
    isUnremarkable(view, start + IP_AT) &&
    isUnremarkable(view, start + INNER_IP_AT)
  );
}

/** True when an IPv4 header at `at` is of a whole packet, and its checksum right. */
function isUnremarkable(view: DataView, at: number): boolean {
  const fragment = ipv4.flagsFragmentOffset(view, at) & (MORE_FRAGMENTS | FRAGMENT_OFFSET);
  return fragment === 0 && ipv4HeaderValid(view, at, (ipv4.versionIhl(view, at) & 15) << 2);
}

/** Writes the text of the layers of such a packet, when it is there. */
export function recallTunnel(out: LineBuffer, { start }: Packet, view: DataView, around: LayerScope): boolean {
  const length = lengths[entry];
  if (length === 0) return false;
  const key = entry * KEY_AT.length;
  let difference = 0;
  for (let i = 0; i < KEY_AT.length; i++) difference |= keys[key + i] ^ view.getInt32(start + KEY_AT[i]);
  if (difference !== 0) return false;
  around.enterIpv4(view, start + INNER_IP_AT);
  out.copy(texts, entry * TEXT_WORDS, length);
  return true;
}

/** Keeps what was written from `from` on as the text that was not there. */
export function keepTunnel(out: LineBuffer, from: number, { start }: Packet, view: DataView): void {
  for (let i = 0; i < KEY_AT.length; i++) keys[entry * KEY_AT.length + i] = view.getInt32(start + KEY_AT[i]);
  lengths[entry] = out.length - from;
  out.save(from, texts, entry * TEXT_WORDS);
}

/** All bits of the numbers come to bear on the upper ones. */
function hashOf(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ b;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ c;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) ^ d;
  return Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
}

/** Every fourth number from `first` up to `end`. */
function range(first: number, end: number): number[] {
  return Array.from({ length: (end - first) >> 2 }, (_, index) => first + index * 4);
}
