/** JSON of transports, ICMP and DNS: the fields that follow the layer's name. */
import { dns, QUERY_RESPONSE, RESPONSE_CODE } from '../wire/dns.ts';
import * as icmpTypes from '../wire/icmp.ts';
import { icmp, icmpError } from '../wire/icmp.ts';
import * as icmpv6Types from '../wire/icmpv6.ts';
import { icmpv6, icmpv6Error, linkLayerOption, neighborMessage } from '../wire/icmpv6.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.ts';
import { tcp } from '../wire/tcp.ts';
import { udp } from '../wire/udp.ts';
import { questionEnd, writeName } from './dns-question.ts';
import { ChecksumState, type LayerScope } from './layer-scope.ts';
import { type LineBuffer, type Word, word } from './line-buffer.ts';
import { CHECKSUMS, DNS_TYPE_NAMES, ICMP_NAMES, ICMPV6_NAMES, TCP_FLAGS, writeWord } from './packet-words.ts';

const SOURCE_PORT = word(',"sourcePort":');
const DESTINATION_PORT = word(',"destinationPort":');
const LENGTH = word(',"length":');
const SEQUENCE = word(',"sequence":');
const ACKNOWLEDGMENT = word(',"acknowledgment":');
const FLAGS = word(',"flags":"');
const WINDOW = word('","window":');
const PAYLOAD_LENGTH = word(',"payloadLength":');
const TYPE = word(',"type":');
const CODE = word(',"code":');
const NAME = word(',"name":"');
const IDENTIFIER = word(',"identifier":');
const MTU = word(',"mtu":');
const TARGET = word(',"target":"');
const LINK_LAYER_ADDRESS = word(',"linkLayerAddress":"');
const ROUTER = word(',"router":');
const SOLICITED = word(',"solicited":');
const OVERRIDE = word(',"override":');
const ID = word(',"id":');
const RESPONSE = word(',"response":');
const RESPONSE_CODE_IS = word(',"responseCode":');
const QUESTIONS = word(',"questions":');
const ANSWERS = word(',"answers":');
const AUTHORITY = word(',"authority":');
const ADDITIONAL = word(',"additional":');
const QUESTION_TYPE = word(',"questionType":"');
const QUESTION_NAME = word('","questionName":"');
const TRUE = word('true');
const FALSE = word('false');
/** A backslash in a JSON string. */
const BACKSLASH = word('\\\\');
const QUOTE = 0x22;

export function jsonUdp(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const length = udp.length(view, at);
  const checksum = udp.checksum(view, at);
  out.text(SOURCE_PORT);
  out.decimal(udp.sourcePort(view, at));
  out.text(DESTINATION_PORT);
  out.decimal(udp.destinationPort(view, at));
  out.text(LENGTH);
  out.decimal(length);
  const isReadable = length >= udp.size;
  writeWord(
    out,
    CHECKSUMS,
    isReadable ? around.transportChecksum(view, PROTOCOL_UDP, at, at + length, checksum) : ChecksumState.Unverified,
  );
}

export function jsonTcp(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const payload = at + ((tcp.dataOffset(view, at) >> 4) << 2);
  out.text(SOURCE_PORT);
  out.decimal(tcp.sourcePort(view, at));
  out.text(DESTINATION_PORT);
  out.decimal(tcp.destinationPort(view, at));
  out.text(SEQUENCE);
  out.decimal(tcp.sequence(view, at) >>> 0);
  out.text(ACKNOWLEDGMENT);
  out.decimal(tcp.acknowledgment(view, at) >>> 0);
  out.text(FLAGS);
  writeWord(out, TCP_FLAGS, tcp.flags(view, at));
  out.text(WINDOW);
  out.decimal(tcp.window(view, at));
  out.text(PAYLOAD_LENGTH);
  out.decimal(Math.max(0, around.ipEnd - payload));
  writeWord(out, CHECKSUMS, around.transportChecksum(view, PROTOCOL_TCP, at, around.ipEnd, tcp.checksum(view, at)));
}

export function jsonIcmp(out: LineBuffer, view: DataView, at: number, around: LayerScope): void {
  const type = icmp.type(view, at);
  const code = icmp.code(view, at);
  writeMessage(out, type, code, ICMP_NAMES[type], around.ipEnd - at);
  if (type === icmpTypes.ECHO_REQUEST || type === icmpTypes.ECHO_REPLY) {
    writeEcho(out, icmp.identifier(view, at), icmp.sequence(view, at));
  } else if (type === icmpTypes.DESTINATION_UNREACHABLE && code === icmpTypes.FRAGMENTATION_NEEDED) {
    out.text(MTU);
    out.decimal(icmpError.nextHopMtu(view, at));
  }
  writeWord(out, CHECKSUMS, around.transportChecksum(view, PROTOCOL_ICMP, at, around.ipEnd, icmp.checksum(view, at)));
}

/** `end` is where the captured frame ends. */
export function jsonIcmpv6(out: LineBuffer, view: DataView, at: number, around: LayerScope, end: number): void {
  const type = icmpv6.type(view, at);
  const available = Math.min(around.ipEnd, end);
  writeMessage(out, type, icmpv6.code(view, at), ICMPV6_NAMES[type], around.ipEnd - at);
  switch (type) {
    case icmpv6Types.ECHO_REQUEST:
    case icmpv6Types.ECHO_REPLY:
      writeEcho(out, icmpv6.identifier(view, at), icmpv6.sequence(view, at));
      break;
    case icmpv6Types.PACKET_TOO_BIG:
      out.text(MTU);
      out.decimal(icmpv6Error.parameter(view, at) >>> 0);
      break;
    case icmpv6Types.NEIGHBOR_SOLICITATION:
    case icmpv6Types.NEIGHBOR_ADVERTISEMENT:
      if (available - at >= neighborMessage.size) writeNeighbor(out, view, at, available, type);
      break;
  }
  writeWord(
    out,
    CHECKSUMS,
    around.transportChecksum(view, PROTOCOL_ICMPV6, at, around.ipEnd, icmpv6.checksum(view, at)),
  );
}

function writeMessage(out: LineBuffer, type: number, code: number, name: Word | undefined, length: number): void {
  out.text(TYPE);
  out.decimal(type);
  out.text(CODE);
  out.decimal(code);
  if (name !== undefined) {
    out.text(NAME);
    out.text(name);
    out.byte(QUOTE);
  }
  out.text(LENGTH);
  out.decimal(length);
}

function writeEcho(out: LineBuffer, identifier: number, sequence: number): void {
  out.text(IDENTIFIER);
  out.decimal(identifier);
  out.text(SEQUENCE);
  out.decimal(sequence);
}

function writeNeighbor(out: LineBuffer, view: DataView, at: number, end: number, type: number): void {
  const isSolicitation = type === icmpv6Types.NEIGHBOR_SOLICITATION;
  const optionType = isSolicitation ? icmpv6Types.SOURCE_LINK_LAYER : icmpv6Types.TARGET_LINK_LAYER;
  const option = linkLayerOption(view, at + neighborMessage.size, end, optionType);
  out.text(TARGET);
  out.ipv6(view, at + neighborMessage.at.target);
  out.byte(QUOTE);
  if (option >= 0) {
    out.text(LINK_LAYER_ADDRESS);
    out.mac(view.getUint16(option), view.getInt32(option + 2));
    out.byte(QUOTE);
  }
  if (isSolicitation) return;
  const flags = neighborMessage.flags(view, at);
  writeBoolean(out, ROUTER, (flags & icmpv6Types.FLAG_ROUTER) !== 0);
  writeBoolean(out, SOLICITED, (flags & icmpv6Types.FLAG_SOLICITED) !== 0);
  writeBoolean(out, OVERRIDE, (flags & icmpv6Types.FLAG_OVERRIDE) !== 0);
}

/** `end` is where the bytes of the message end. */
export function jsonDns(out: LineBuffer, view: DataView, at: number, end: number): void {
  const flags = dns.flags(view, at);
  out.text(ID);
  out.decimal(dns.id(view, at));
  writeBoolean(out, RESPONSE, (flags & QUERY_RESPONSE) !== 0);
  out.text(RESPONSE_CODE_IS);
  out.decimal(flags & RESPONSE_CODE);
  out.text(QUESTIONS);
  out.decimal(dns.questions(view, at));
  out.text(ANSWERS);
  out.decimal(dns.answers(view, at));
  out.text(AUTHORITY);
  out.decimal(dns.authority(view, at));
  out.text(ADDITIONAL);
  out.decimal(dns.additional(view, at));
  const type = questionEnd(view, at, end);
  if (type < 0) return;
  out.text(QUESTION_TYPE);
  writeWord(out, DNS_TYPE_NAMES, view.getUint16(type));
  out.text(QUESTION_NAME);
  writeName(out, view, at + dns.size, BACKSLASH);
  out.byte(QUOTE);
}

function writeBoolean(out: LineBuffer, key: Word, value: boolean): void {
  out.text(key);
  out.text(value ? TRUE : FALSE);
}
