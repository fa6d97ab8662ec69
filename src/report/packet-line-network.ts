/** Lines of text: IP and what tunnels through it. */
import { FLAG_CONTROL, geneve, OPTION_LENGTH } from '../wire/geneve.ts';
import { ERSPAN_TYPE_II, ERSPAN_TYPE_III, gre, greKey, KEY } from '../wire/gre.ts';
import { FRAGMENT_OFFSET, ipv4, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { FRAGMENT, FRAGMENT_OFFSET_BYTES, ipv6, ipv6Fragment, MORE_FRAGMENTS_BIT } from '../wire/ipv6.ts';
import { FLAG_GROUP_POLICY, FLAG_VNI, GROUP_POLICY_ID, vxlan } from '../wire/vxlan.ts';
import { ChecksumState, type LayerScope } from './layer-scope.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import { EXTENSION_NAMES, writeWord } from './packet-words.ts';

const TO = word(' > ');
const FRAGMENT_ID = word(' fragment id ');
const OFFSET = word(' offset ');
const PLUS = 0x2b;
const BAD_HEADER_CHECKSUM = word(' [bad IPv4 header checksum 0x');
const CLOSE_BRACKET = 0x5d;
const VXLAN = word(' VXLAN vni ');
const VXLAN_GPE = word(' VXLAN-GPE vni ');
const FLAGS = word(' flags 0x');
const POLICY = word(' policy ');
const RESERVED_BITS = word(' [reserved bits set]');
const GENEVE = word(' Geneve vni ');
const OPTIONS = word(' options ');
const CONTROL = word(' control');
const GRE = word(' GRE');
const ERSPAN = word(' ERSPAN');
const KEY_IS = word(' key ');

export function writeIpv4(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  around.enterIpv4(view, at);
  out.space();
  out.ipv4(ipv4.source(view, at));
  out.text(TO);
  out.ipv4(ipv4.destination(view, at));
  const fragment = ipv4.flagsFragmentOffset(view, at) & (MORE_FRAGMENTS | FRAGMENT_OFFSET);
  if (fragment !== 0) {
    const offset = (fragment & FRAGMENT_OFFSET) << 3;
    writeFragment(out, ipv4.identification(view, at), offset, (fragment & MORE_FRAGMENTS) !== 0);
  }
  if (around.ipv4Checksum(view) === ChecksumState.Wrong) {
    out.text(BAD_HEADER_CHECKSUM);
    out.hex16(ipv4.headerChecksum(view, at));
    out.byte(CLOSE_BRACKET);
  }
}

export function writeIpv6(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  around.enterIpv6(view, at);
  out.space();
  out.ipv6(view, at + ipv6.at.source);
  out.text(TO);
  out.ipv6(view, at + ipv6.at.destination);
}

export function writeIpv6Extension(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const header = around.nextHeader;
  around.enterIpv6Extension(view, at);
  if (header === FRAGMENT) {
    const offsetFlags = ipv6Fragment.offsetFlags(view, at);
    const more = (offsetFlags & MORE_FRAGMENTS_BIT) !== 0;
    writeFragment(out, ipv6Fragment.identification(view, at) >>> 0, offsetFlags & FRAGMENT_OFFSET_BYTES, more);
    return;
  }
  out.space();
  writeWord(out, EXTENSION_NAMES, header);
}

function writeFragment(out: LineBuffer, identification: number, offset: number, more: boolean): void {
  out.text(FRAGMENT_ID);
  out.decimal(identification);
  out.text(OFFSET);
  out.decimal(offset);
  if (more) out.byte(PLUS);
}

/** Bits that RFC 7348 reserves, and that no extension in the header gives a meaning, are flagged: Linux drops packets for them. */
export function writeVxlan(out: LineBuffer, view: DataView, at: number, isGpe: boolean): void {
  const flags = vxlan.flags(view, at);
  const reserved = vxlan.reserved1(view, at);
  out.text(isGpe ? VXLAN_GPE : VXLAN);
  out.decimal(vxlan.vni(view, at));
  if (flags !== FLAG_VNI) {
    out.text(FLAGS);
    out.hex8(flags);
  }
  const hasPolicy = !isGpe && (flags & FLAG_GROUP_POLICY) !== 0;
  if (hasPolicy) {
    out.text(POLICY);
    out.decimal(reserved & GROUP_POLICY_ID);
  }
  const isPlain = !isGpe && !hasPolicy;
  if (vxlan.reserved2(view, at) !== 0 || (isPlain && (flags !== FLAG_VNI || reserved !== 0))) out.text(RESERVED_BITS);
}

export function writeGeneve(out: LineBuffer, view: DataView, at: number): void {
  out.text(GENEVE);
  out.decimal(geneve.vni(view, at));
  const options = (geneve.versionOptionLength(view, at) & OPTION_LENGTH) << 2;
  if (options !== 0) {
    out.text(OPTIONS);
    out.decimal(options);
  }
  if ((geneve.flags(view, at) & FLAG_CONTROL) !== 0) out.text(CONTROL);
}

export function writeGre(out: LineBuffer, view: DataView, at: number): void {
  const protocolType = gre.protocolType(view, at);
  out.text(GRE);
  if ((gre.flagsVersion(view, at) & KEY) !== 0) {
    out.text(KEY_IS);
    out.decimal(greKey(view, at));
  }
  if (protocolType === ERSPAN_TYPE_II || protocolType === ERSPAN_TYPE_III) out.text(ERSPAN);
}
