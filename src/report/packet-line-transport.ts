/** Lines of text: transports, ICMP and DNS. */
import { dns, QUERY_RESPONSE, RESPONSE_CODE } from '../wire/dns.ts';
import * as icmpTypes from '../wire/icmp.ts';
import { icmp, icmpError } from '../wire/icmp.ts';
import * as icmpv6Types from '../wire/icmpv6.ts';
import { icmpv6, icmpv6Error, linkLayerOption, neighborMessage } from '../wire/icmpv6.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.ts';
import { ACK, tcp } from '../wire/tcp.ts';
import { udp } from '../wire/udp.ts';
import { questionEnd, writeName } from './dns-question.ts';
import { ChecksumState, type LayerScope } from './layer-scope.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import {
  DNS_TYPE_NAMES,
  ICMP_NAMES,
  ICMPV6_NAMES,
  RESPONSE_CODE_NAMES,
  TCP_FLAGS,
  UNREACHABLE_NAMES,
  UNREACHABLE_V6_NAMES,
  writeWord,
} from './packet-words.ts';

const TO = word(' > ');
const LENGTH = word(' length ');
const UDP = word(' UDP ');
const TCP = word(' TCP ');
const SEQUENCE = word(' seq ');
const ACKNOWLEDGMENT = word(' ack ');
const WINDOW = word(' win ');
const ICMP = word(' ICMP ');
const ECHO_REQUEST = word(' ICMP echo request');
const ECHO_REPLY = word(' ICMP echo reply');
const ICMPV6 = word(' ICMPv6 ');
const IDENTIFIER = word(' id ');
const CODE = word(' code ');
const MTU = word(' mtu ');
const WHO_HAS = word(' who-has ');
const FROM = word(' from ');
const IS_AT = word(' is-at ');
const SOLICITED = word(' solicited');
const OVERRIDE = word(' override');
const ROUTER = word(' router');
const QUERY = word(' DNS query 0x');
const RESPONSE = word(' DNS response 0x');
const BACKSLASH = word('\\');
const BAD_CHECKSUM = word(' [bad checksum 0x');
const LEFT_TO_CARD = word(' [checksum left to the card]');
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SLASH = 0x2f;

export function writeUdp(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const length = udp.length(view, at);
  out.text(UDP);
  out.decimal(udp.sourcePort(view, at));
  out.text(TO);
  out.decimal(udp.destinationPort(view, at));
  out.text(LENGTH);
  out.decimal(length < udp.size ? 0 : length - udp.size);
  if (length >= udp.size) writeChecksum(out, view, PROTOCOL_UDP, at, at + length, udp.checksum(view, at), around);
}

export function writeTcp(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const flags = tcp.flags(view, at);
  const payload = at + ((tcp.dataOffset(view, at) >> 4) << 2);
  out.text(TCP);
  out.decimal(tcp.sourcePort(view, at));
  out.text(TO);
  out.decimal(tcp.destinationPort(view, at));
  out.space();
  out.byte(OPEN_BRACKET);
  writeWord(out, TCP_FLAGS, flags);
  out.byte(CLOSE_BRACKET);
  out.text(SEQUENCE);
  out.decimal(tcp.sequence(view, at) >>> 0);
  if ((flags & ACK) !== 0) {
    out.text(ACKNOWLEDGMENT);
    out.decimal(tcp.acknowledgment(view, at) >>> 0);
  }
  out.text(WINDOW);
  out.decimal(tcp.window(view, at));
  out.text(LENGTH);
  out.decimal(Math.max(0, around.ipEnd - payload));
  writeChecksum(out, view, PROTOCOL_TCP, at, around.ipEnd, tcp.checksum(view, at), around);
}

export function writeIcmp(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const type = icmp.type(view, at);
  const code = icmp.code(view, at);
  if (type === icmpTypes.ECHO_REQUEST || type === icmpTypes.ECHO_REPLY) {
    out.text(type === icmpTypes.ECHO_REQUEST ? ECHO_REQUEST : ECHO_REPLY);
    writeEcho(out, icmp.identifier(view, at), icmp.sequence(view, at));
  } else if (type === icmpTypes.DESTINATION_UNREACHABLE && UNREACHABLE_NAMES[code] !== undefined) {
    out.text(ICMP);
    out.text(UNREACHABLE_NAMES[code]);
    if (code === icmpTypes.FRAGMENTATION_NEEDED) {
      out.text(MTU);
      out.decimal(icmpError.nextHopMtu(view, at));
    }
  } else {
    out.text(ICMP);
    writeWord(out, ICMP_NAMES, type);
    if (code !== 0) {
      out.text(CODE);
      out.decimal(code);
    }
  }
  out.text(LENGTH);
  out.decimal(around.ipEnd - at);
  writeChecksum(out, view, PROTOCOL_ICMP, at, around.ipEnd, icmp.checksum(view, at), around);
}

function writeEcho(out: LineBuffer, identifier: number, sequence: number): void {
  out.text(IDENTIFIER);
  out.decimal(identifier);
  out.text(SEQUENCE);
  out.decimal(sequence);
}

/** `end` is where the captured frame ends. */
export function writeIcmpv6(out: LineBuffer, view: DataView, at: number, around: LayerScope, end: number): void {
  const type = icmpv6.type(view, at);
  const code = icmpv6.code(view, at);
  const available = Math.min(around.ipEnd, end);
  out.text(ICMPV6);
  switch (type) {
    case icmpv6Types.ECHO_REQUEST:
    case icmpv6Types.ECHO_REPLY:
      writeWord(out, ICMPV6_NAMES, type);
      writeEcho(out, icmpv6.identifier(view, at), icmpv6.sequence(view, at));
      break;
    case icmpv6Types.PACKET_TOO_BIG:
      writeWord(out, ICMPV6_NAMES, type);
      out.text(MTU);
      out.decimal(icmpv6Error.parameter(view, at) >>> 0);
      break;
    case icmpv6Types.NEIGHBOR_SOLICITATION:
    case icmpv6Types.NEIGHBOR_ADVERTISEMENT:
      writeWord(out, ICMPV6_NAMES, type);
      if (available - at >= neighborMessage.size) writeNeighbor(out, view, at, available, type);
      break;
    default:
      if (type === icmpv6Types.DESTINATION_UNREACHABLE && UNREACHABLE_V6_NAMES[code] !== undefined) {
        out.text(UNREACHABLE_V6_NAMES[code]);
        break;
      }
      writeWord(out, ICMPV6_NAMES, type);
      if (code !== 0) {
        out.text(CODE);
        out.decimal(code);
      }
  }
  out.text(LENGTH);
  out.decimal(around.ipEnd - at);
  writeChecksum(out, view, PROTOCOL_ICMPV6, at, around.ipEnd, icmpv6.checksum(view, at), around);
}

function writeNeighbor(out: LineBuffer, view: DataView, at: number, end: number, type: number): void {
  const isSolicitation = type === icmpv6Types.NEIGHBOR_SOLICITATION;
  const optionType = isSolicitation ? icmpv6Types.SOURCE_LINK_LAYER : icmpv6Types.TARGET_LINK_LAYER;
  const option = linkLayerOption(view, at + neighborMessage.size, end, optionType);
  if (isSolicitation) out.text(WHO_HAS);
  else out.space();
  out.ipv6(view, at + neighborMessage.at.target);
  if (option >= 0) {
    out.text(isSolicitation ? FROM : IS_AT);
    out.mac(view.getUint16(option), view.getInt32(option + 2));
  }
  if (isSolicitation) return;
  const flags = neighborMessage.flags(view, at);
  if ((flags & icmpv6Types.FLAG_ROUTER) !== 0) out.text(ROUTER);
  if ((flags & icmpv6Types.FLAG_SOLICITED) !== 0) out.text(SOLICITED);
  if ((flags & icmpv6Types.FLAG_OVERRIDE) !== 0) out.text(OVERRIDE);
}

/** A response has its code and its numbers of answers, authorities and additional records. `end` is where the bytes of the message end. */
export function writeDns(out: LineBuffer, view: DataView, at: number, end: number): void {
  const flags = dns.flags(view, at);
  const isResponse = (flags & QUERY_RESPONSE) !== 0;
  out.text(isResponse ? RESPONSE : QUERY);
  out.hex16(dns.id(view, at));
  if (isResponse) {
    out.space();
    writeWord(out, RESPONSE_CODE_NAMES, flags & RESPONSE_CODE);
    out.space();
    out.decimal(dns.answers(view, at));
    out.byte(SLASH);
    out.decimal(dns.authority(view, at));
    out.byte(SLASH);
    out.decimal(dns.additional(view, at));
  }
  const type = questionEnd(view, at, end);
  if (type < 0) return;
  out.space();
  writeWord(out, DNS_TYPE_NAMES, view.getUint16(type));
  out.space();
  writeName(out, view, at + dns.size, BACKSLASH);
}

/** Says nothing of a checksum that is right, absent or cannot be verified. */
function writeChecksum(
  out: LineBuffer,
  view: DataView,
  protocol: number,
  at: number,
  end: number,
  checksum: number,
  around: LayerScope,
): void {
  const state = around.transportChecksum(view, protocol, at, end, checksum);
  if (state === ChecksumState.Offloaded) out.text(LEFT_TO_CARD);
  if (state !== ChecksumState.Wrong) return;
  out.text(BAD_CHECKSUM);
  out.hex16(checksum);
  out.byte(CLOSE_BRACKET);
}
