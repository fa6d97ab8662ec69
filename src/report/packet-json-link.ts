/** JSON of the layers of the link, and of ARP: the fields that follow the layer's name. */
import { arp, isArpForIpv4 } from '../wire/arp.ts';
import { ethernet } from '../wire/ethernet.ts';
import { LABEL_SHIFT, mpls } from '../wire/mpls.ts';
import { sll } from '../wire/sll.ts';
import { sll2 } from '../wire/sll2.ts';
import { PRIORITY_SHIFT, VLAN_ID, vlan } from '../wire/vlan.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import { PACKET_TYPE_NAMES, writeWord } from './packet-words.ts';

const SOURCE = word(',"source":"');
const DESTINATION = word('","destination":"');
const ETHERTYPE_BEHIND_TEXT = word('","etherType":');
const ETHERTYPE = word(',"etherType":');
const ID = word(',"id":');
const PRIORITY = word(',"priority":');
const LABEL = word(',"label":');
const TIME_TO_LIVE = word(',"timeToLive":');
const PACKET_TYPE = word(',"packetType":"');
const INTERFACE_INDEX = word(',"interfaceIndex":');
const OPERATION = word(',"operation":');
const SENDER_MAC = word(',"senderMac":"');
const SENDER_IP = word('","senderIp":"');
const TARGET_MAC = word('","targetMac":"');
const TARGET_IP = word('","targetIp":"');
const QUOTE = 0x22;

/** Bytes of a MAC, by the length that a cooked header states. */
const MAC_SIZE = 6;

export function jsonEthernet(out: LineBuffer, view: DataView, at: number): void {
  out.text(SOURCE);
  out.mac(ethernet.sourceHigh(view, at), ethernet.sourceLow(view, at));
  out.text(DESTINATION);
  out.mac(ethernet.destinationHigh(view, at), ethernet.destinationLow(view, at));
  out.text(ETHERTYPE_BEHIND_TEXT);
  out.decimal(ethernet.etherType(view, at));
}

export function jsonVlan(out: LineBuffer, view: DataView, at: number): void {
  const tagControl = vlan.tagControl(view, at);
  out.text(ID);
  out.decimal(tagControl & VLAN_ID);
  out.text(PRIORITY);
  out.decimal(tagControl >> PRIORITY_SHIFT);
  out.text(ETHERTYPE);
  out.decimal(vlan.etherType(view, at));
}

export function jsonMpls(out: LineBuffer, view: DataView, at: number): void {
  out.text(LABEL);
  out.decimal(mpls.labelExpBottom(view, at) >> LABEL_SHIFT);
  out.text(TIME_TO_LIVE);
  out.decimal(mpls.timeToLive(view, at));
}

export function jsonCooked(out: LineBuffer, view: DataView, at: number): void {
  writePacketType(out, sll.packetType(view, at));
  if (sll.addressLength(view, at) === MAC_SIZE) writeSender(out, view, at + sll.at.address);
  out.text(ETHERTYPE);
  out.decimal(sll.protocol(view, at));
}

export function jsonCookedV2(out: LineBuffer, view: DataView, at: number): void {
  out.text(INTERFACE_INDEX);
  out.decimal(sll2.interfaceIndex(view, at) >>> 0);
  writePacketType(out, sll2.packetType(view, at));
  if (sll2.addressLength(view, at) === MAC_SIZE) writeSender(out, view, at + sll2.at.address);
  out.text(ETHERTYPE);
  out.decimal(sll2.protocol(view, at));
}

function writePacketType(out: LineBuffer, packetType: number): void {
  out.text(PACKET_TYPE);
  writeWord(out, PACKET_TYPE_NAMES, packetType);
  out.byte(QUOTE);
}

function writeSender(out: LineBuffer, view: DataView, at: number): void {
  out.text(SOURCE);
  out.mac(view.getUint16(at), view.getInt32(at + 2));
  out.byte(QUOTE);
}

export function jsonArp(out: LineBuffer, view: DataView, at: number): void {
  out.text(OPERATION);
  out.decimal(arp.operation(view, at));
  if (!isArpForIpv4(view, at)) return;
  out.text(SENDER_MAC);
  out.mac(arp.senderHardwareHigh(view, at), arp.senderHardwareLow(view, at));
  out.text(SENDER_IP);
  out.ipv4(arp.senderProtocol(view, at));
  out.text(TARGET_MAC);
  out.mac(arp.targetHardwareHigh(view, at), arp.targetHardwareLow(view, at));
  out.text(TARGET_IP);
  out.ipv4(arp.targetProtocol(view, at));
  out.byte(QUOTE);
}
