/** Lines of text: the layers of the link, and ARP. */
import { ARP_REPLY, ARP_REQUEST, arp, isArpForIpv4 } from '../wire/arp.ts';
import { ethernet } from '../wire/ethernet.ts';
import { LABEL_SHIFT, mpls } from '../wire/mpls.ts';
import { sll } from '../wire/sll.ts';
import { sll2 } from '../wire/sll2.ts';
import { VLAN_ID, vlan } from '../wire/vlan.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import { PACKET_TYPE_NAMES, writeWord } from './packet-words.ts';

const TO = word(' > ');
const VLAN = word(' vlan ');
const MPLS = word(' mpls ');
const INTERFACE = word(' if ');
const ARP = word(' ARP');
const WHO_HAS = word(' who-has ');
const TELL = word(' tell ');
const IS_AT = word(' is-at ');
const SENDER = word(' [sender ');
const OPERATION = word(' operation ');
const CLOSE_BRACKET = 0x5d;

/** Bytes of a MAC, by the length that a cooked header states. */
const MAC_SIZE = 6;

export function writeEthernet(out: LineBuffer, view: DataView, at: number): void {
  out.space();
  out.mac(ethernet.sourceHigh(view, at), ethernet.sourceLow(view, at));
  out.text(TO);
  out.mac(ethernet.destinationHigh(view, at), ethernet.destinationLow(view, at));
}

export function writeVlan(out: LineBuffer, view: DataView, at: number): void {
  out.text(VLAN);
  out.decimal(vlan.tagControl(view, at) & VLAN_ID);
}

export function writeMpls(out: LineBuffer, view: DataView, at: number): void {
  out.text(MPLS);
  out.decimal(mpls.labelExpBottom(view, at) >> LABEL_SHIFT);
}

export function writeCooked(out: LineBuffer, view: DataView, at: number): void {
  out.space();
  writeWord(out, PACKET_TYPE_NAMES, sll.packetType(view, at));
  if (sll.addressLength(view, at) === MAC_SIZE) writeSender(out, view, at + sll.at.address);
}

export function writeCookedV2(out: LineBuffer, view: DataView, at: number): void {
  out.text(INTERFACE);
  out.decimal(sll2.interfaceIndex(view, at) >>> 0);
  out.space();
  writeWord(out, PACKET_TYPE_NAMES, sll2.packetType(view, at));
  if (sll2.addressLength(view, at) === MAC_SIZE) writeSender(out, view, at + sll2.at.address);
}

function writeSender(out: LineBuffer, view: DataView, at: number): void {
  out.space();
  out.mac(view.getUint16(at), view.getInt32(at + 2));
}

/** A sender's MAC is written where it is the answer, or where it differs from that of the frame around, at `ethernetAt`. */
export function writeArp(out: LineBuffer, view: DataView, at: number, ethernetAt: number): void {
  out.text(ARP);
  const operation = arp.operation(view, at);
  if (!isArpForIpv4(view, at) || (operation !== ARP_REQUEST && operation !== ARP_REPLY)) {
    out.text(OPERATION);
    out.decimal(operation);
    return;
  }
  const high = arp.senderHardwareHigh(view, at);
  const low = arp.senderHardwareLow(view, at);
  if (operation === ARP_REPLY) {
    out.space();
    out.ipv4(arp.senderProtocol(view, at));
    out.text(IS_AT);
    out.mac(high, low);
    return;
  }
  out.text(WHO_HAS);
  out.ipv4(arp.targetProtocol(view, at));
  out.text(TELL);
  out.ipv4(arp.senderProtocol(view, at));
  if (ethernetAt < 0) return;
  if (ethernet.sourceHigh(view, ethernetAt) === high && ethernet.sourceLow(view, ethernetAt) === low) return;
  out.text(SENDER);
  out.mac(high, low);
  out.byte(CLOSE_BRACKET);
}
