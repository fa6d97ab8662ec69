/** JSON of IP and of what tunnels through it: the fields that follow the layer's name. */
import { geneve, OPTION_LENGTH } from '../wire/geneve.ts';
import { gre, greKey, KEY } from '../wire/gre.ts';
import { DONT_FRAGMENT, FRAGMENT_OFFSET, ipv4, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { FLOW_LABEL, FRAGMENT, FRAGMENT_OFFSET_BYTES, ipv6, ipv6Fragment, MORE_FRAGMENTS_BIT } from '../wire/ipv6.ts';
import { vxlan } from '../wire/vxlan.ts';
import type { LayerScope } from './layer-scope.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import { CHECKSUMS, EXTENSION_NAMES, writeWord } from './packet-words.ts';

const SOURCE = word(',"source":"');
const DESTINATION = word('","destination":"');
const PROTOCOL = word('","protocol":');
const TIME_TO_LIVE = word(',"timeToLive":');
const LENGTH = word(',"length":');
const IDENTIFICATION = word(',"identification":');
const DONT = word(',"dontFragment":true');
const DO = word(',"dontFragment":false');
const MORE = word(',"moreFragments":true,"fragmentOffset":');
const NO_MORE = word(',"moreFragments":false,"fragmentOffset":');
const NEXT_HEADER = word('","nextHeader":');
const HOP_LIMIT = word(',"hopLimit":');
const FLOW = word(',"flowLabel":');
const PAYLOAD_LENGTH = word(',"payloadLength":');
const HEADER = word(',"header":"');
const VNI = word(',"vni":');
const FLAGS = word(',"flags":');
const RESERVED1 = word(',"reserved1":');
const RESERVED2 = word(',"reserved2":');
const PROTOCOL_TYPE = word(',"protocolType":');
const OPTION_BYTES = word(',"optionBytes":');
const KEY_IS = word(',"key":');
const QUOTE = 0x22;

export function jsonIpv4(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const fragment = ipv4.flagsFragmentOffset(view, at);
  around.enterIpv4(view, at);
  out.text(SOURCE);
  out.ipv4(ipv4.source(view, at));
  out.text(DESTINATION);
  out.ipv4(ipv4.destination(view, at));
  out.text(PROTOCOL);
  out.decimal(ipv4.protocol(view, at));
  out.text(TIME_TO_LIVE);
  out.decimal(ipv4.timeToLive(view, at));
  out.text(LENGTH);
  out.decimal(ipv4.totalLength(view, at));
  out.text(IDENTIFICATION);
  out.decimal(ipv4.identification(view, at));
  out.text((fragment & DONT_FRAGMENT) !== 0 ? DONT : DO);
  writeFragment(out, (fragment & FRAGMENT_OFFSET) << 3, (fragment & MORE_FRAGMENTS) !== 0);
  writeWord(out, CHECKSUMS, around.ipv4Checksum(view));
}

export function jsonIpv6(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  around.enterIpv6(view, at);
  out.text(SOURCE);
  out.ipv6(view, at + ipv6.at.source);
  out.text(DESTINATION);
  out.ipv6(view, at + ipv6.at.destination);
  out.text(NEXT_HEADER);
  out.decimal(ipv6.nextHeader(view, at));
  out.text(HOP_LIMIT);
  out.decimal(ipv6.hopLimit(view, at));
  out.text(FLOW);
  out.decimal(ipv6.versionClassFlow(view, at) & FLOW_LABEL);
  out.text(PAYLOAD_LENGTH);
  out.decimal(ipv6.payloadLength(view, at));
}

export function jsonIpv6Extension(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const header = around.nextHeader;
  around.enterIpv6Extension(view, at);
  out.text(HEADER);
  writeWord(out, EXTENSION_NAMES, header);
  out.byte(QUOTE);
  if (header !== FRAGMENT) return;
  const offsetFlags = ipv6Fragment.offsetFlags(view, at);
  out.text(IDENTIFICATION);
  out.decimal(ipv6Fragment.identification(view, at) >>> 0);
  writeFragment(out, offsetFlags & FRAGMENT_OFFSET_BYTES, (offsetFlags & MORE_FRAGMENTS_BIT) !== 0);
}

function writeFragment(out: LineBuffer, offset: number, more: boolean): void {
  out.text(more ? MORE : NO_MORE);
  out.decimal(offset);
}

export function jsonVxlan(out: LineBuffer, view: DataView, at: number): void {
  out.text(VNI);
  out.decimal(vxlan.vni(view, at));
  out.text(FLAGS);
  out.decimal(vxlan.flags(view, at));
  out.text(RESERVED1);
  out.decimal(vxlan.reserved1(view, at));
  out.text(RESERVED2);
  out.decimal(vxlan.reserved2(view, at));
}

export function jsonGeneve(out: LineBuffer, view: DataView, at: number): void {
  out.text(VNI);
  out.decimal(geneve.vni(view, at));
  out.text(FLAGS);
  out.decimal(geneve.flags(view, at));
  out.text(PROTOCOL_TYPE);
  out.decimal(geneve.protocolType(view, at));
  out.text(OPTION_BYTES);
  out.decimal((geneve.versionOptionLength(view, at) & OPTION_LENGTH) << 2);
}

export function jsonGre(out: LineBuffer, view: DataView, at: number): void {
  const flags = gre.flagsVersion(view, at);
  out.text(FLAGS);
  out.decimal(flags);
  out.text(PROTOCOL_TYPE);
  out.decimal(gre.protocolType(view, at));
  if ((flags & KEY) === 0) return;
  out.text(KEY_IS);
  out.decimal(greKey(view, at));
}
