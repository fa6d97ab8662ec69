/**
 * One JSON object a packet and line:
 *
 *     {"frame":7,"time":"2023-10-20T10:34:17.389643000Z","interface":"ens3","captured":148,"length":148,
 *      "kind":"echo-request","vni":555005,"outcome":"complete","layers":[{"layer":"ethernet",…},…]}
 *
 * `time`, and `vni` outside of tunnels, may be null; `interface` is there where the capture names it. `layers` go
 * from the outside in. A packet that was not decoded to its end has `problem`: the layer, the offset in the
 * frame, and the bytes needed and available. An ICMP error has `quoted`, the layers of the packet it quotes.
 * Nothing is allocated per packet.
 */
import { decodeQuoted } from '../decode/frame.ts';
import { Kind, Layer, Outcome, Packet } from '../decode/packet.ts';
import type { PortTable } from '../decode/ports.ts';
import { icmp } from '../wire/icmp.ts';
import { loopbackFamily } from '../wire/link-type.ts';
import { LayerScope } from './layer-scope.ts';
import { type LineBuffer, word } from './line-buffer.ts';
import { jsonArp, jsonCooked, jsonCookedV2, jsonEthernet, jsonMpls, jsonVlan } from './packet-json-link.ts';
import { jsonGeneve, jsonGre, jsonIpv4, jsonIpv6, jsonIpv6Extension, jsonVxlan } from './packet-json-network.ts';
import { jsonDns, jsonIcmp, jsonIcmpv6, jsonTcp, jsonUdp } from './packet-json-transport.ts';
import { between, KIND_NAMES, LAYER_NAMES, words, writeWord } from './packet-words.ts';
import type { PrintedCapture } from './printed-capture.ts';

/** No line is longer, its interface's name aside: `MAXIMUM_LAYERS` layers twice and a DNS name. */
const MAXIMUM_LINE = 65536;

const FRAME = word('{"frame":');
const TIME = word(',"time":"');
const NO_TIME = word(',"time":null');
const INTERFACE = word(',"interface":');
const CAPTURED = word(',"captured":');
const LENGTH = word(',"length":');
const KIND = between(',"kind":"', KIND_NAMES, '","vni":');
const NULL = word('null');
const QUOTED = word('],"quoted":[');
const PROBLEM = word('],"problem":{"layer":"');
const OFFSET = word('","offset":');
const NEEDED = word(',"needed":');
const AVAILABLE = word(',"available":');
const END = word(']}');
const END_PROBLEM = word('}}');
const FIRST_LAYER = between('{"layer":"', LAYER_NAMES, '"');
const LAYER = between(',{"layer":"', LAYER_NAMES, '"');
const FAMILY = word(',"family":');
const QUOTE = 0x22;
const CLOSE_BRACE = 0x7d;

const OUTCOMES = words([
  [Outcome.Complete, 'complete'],
  [Outcome.Unsupported, 'unsupported'],
  [Outcome.Truncated, 'truncated'],
  [Outcome.Malformed, 'malformed'],
]);
const OUTCOME = between(',"outcome":"', OUTCOMES, '","layers":[');

const scope = new LayerScope();
const quotedScope = new LayerScope();
const quoted = new Packet();

/** Appends the object of a decoded packet, of which the record's fields are set too, newline included. `view` is what it was decoded from. */
export function writePacketJson(out: LineBuffer, capture: PrintedCapture, packet: Packet, view: DataView): void {
  const { original, time } = packet;
  const channel = capture.channels[packet.channel];
  out.reserve(MAXIMUM_LINE + (channel === undefined ? 0 : channel.length));
  out.text(FRAME);
  out.decimal(packet.frame);
  if (capture.timestamp.isWritable(time)) {
    out.text(TIME);
    capture.timestamp.write(out, time);
    out.byte(QUOTE);
  } else {
    out.text(NO_TIME);
  }
  if (channel !== undefined) {
    out.text(INTERFACE);
    out.text(channel);
  }
  out.text(CAPTURED);
  out.decimal(packet.end - packet.start);
  out.text(LENGTH);
  out.decimal(original);
  writeWord(out, KIND, packet.kind);
  if (packet.vni < 0) out.text(NULL);
  else out.decimal(packet.vni);
  writeWord(out, OUTCOME, packet.outcome);
  scope.begin(packet.end, packet.start + original, true);
  writeLayers(out, packet, view, scope);
  if (packet.kind === Kind.Error) writeQuoted(out, packet, view, capture.ports);
  if (packet.outcome === Outcome.Complete) out.text(END);
  else writeProblem(out, packet);
  out.newline();
}

function writeQuoted(out: LineBuffer, packet: Packet, view: DataView, ports: PortTable): void {
  const end = Math.min(packet.payloadEnd, packet.end);
  decodeQuoted(view, packet.transportAt + icmp.size, end, ports, quoted);
  quotedScope.begin(end, end, false);
  out.text(QUOTED);
  writeLayers(out, quoted, view, quotedScope);
}

function writeProblem(out: LineBuffer, packet: Packet): void {
  out.text(PROBLEM);
  writeWord(out, LAYER_NAMES, packet.problemLayer);
  out.text(OFFSET);
  out.decimal(packet.problemAt - packet.start);
  out.text(NEEDED);
  out.decimal(packet.needed);
  out.text(AVAILABLE);
  out.decimal(packet.available);
  out.text(END_PROBLEM);
}

function writeLayers(out: LineBuffer, packet: Packet, view: DataView, around: LayerScope): void {
  const { layerKind, layerAt, layerCount } = packet;
  for (let i = 0; i < layerCount; i++) {
    const kind = layerKind[i];
    writeWord(out, i === 0 ? FIRST_LAYER : LAYER, kind);
    writeLayer(out, packet, view, kind, layerAt[i], around);
    out.byte(CLOSE_BRACE);
  }
}

function writeLayer(
  out: LineBuffer,
  packet: Packet,
  view: DataView,
  kind: Layer,
  at: number,
  around: LayerScope,
): void {
  switch (kind) {
    case Layer.Ethernet:
      return jsonEthernet(out, view, at);
    case Layer.Vlan:
      return jsonVlan(out, view, at);
    case Layer.Mpls:
      return jsonMpls(out, view, at);
    case Layer.LinuxCooked:
      return jsonCooked(out, view, at);
    case Layer.LinuxCookedV2:
      return jsonCookedV2(out, view, at);
    case Layer.Loopback:
      out.text(FAMILY);
      return out.decimal(loopbackFamily(view, at));
    case Layer.Arp:
      return jsonArp(out, view, at);
    case Layer.Ipv4:
      return jsonIpv4(out, view, at, around);
    case Layer.Ipv6:
      return jsonIpv6(out, view, at, around);
    case Layer.Ipv6Extension:
      return jsonIpv6Extension(out, view, at, around);
    case Layer.Udp:
      return jsonUdp(out, view, at, around);
    case Layer.Tcp:
      return jsonTcp(out, view, at, around);
    case Layer.Icmp:
      return jsonIcmp(out, view, at, around);
    case Layer.Icmpv6:
      return jsonIcmpv6(out, view, at, around, packet.end);
    case Layer.Vxlan:
    case Layer.VxlanGpe:
      return jsonVxlan(out, view, at);
    case Layer.Geneve:
      return jsonGeneve(out, view, at);
    case Layer.Gre:
      return jsonGre(out, view, at);
    case Layer.Dns:
      return jsonDns(out, view, at, Math.min(around.ipEnd, packet.end));
  }
}
