/** ICMP and ICMPv6 errors: what they say and what they quote (RFC 792, RFC 4443 section 3). */
import { decodeQuoted } from '../decode/frame.ts';
import { Kind, Packet } from '../decode/packet.ts';
import type { PortTable } from '../decode/ports.ts';
import { formatIpv4, formatIpv6 } from '../wire/address.ts';
import * as icmpTypes from '../wire/icmp.ts';
import { icmp, icmpError } from '../wire/icmp.ts';
import { icmpv6Error, PACKET_TOO_BIG } from '../wire/icmpv6.ts';
import { ipv4, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { udp } from '../wire/udp.ts';
import { Endpoints } from './endpoints.ts';
import type { QuotedError } from './error-table.ts';
import { mix } from './hash.ts';
import type { Observations } from './observations.ts';

const MESSAGE_SIZE = 8;
/** Both ports, which TCP and UDP have in one place. */
const PORTS_SIZE = 4;

export class ErrorObserver {
  private readonly observations: Observations;
  private readonly ports: PortTable;
  private readonly quoted = new Packet();
  private readonly endpoints = new Endpoints();

  constructor(observations: Observations, ports: PortTable) {
    this.observations = observations;
    this.ports = ports;
  }

  observe(packet: Packet, view: DataView): void {
    const { observations, quoted, endpoints } = this;
    const at = packet.transportAt;
    const start = at + MESSAGE_SIZE;
    decodeQuoted(view, start, Math.min(packet.payloadEnd, packet.end), this.ports, quoted);
    if (quoted.layerCount === 0) return;
    if (!endpoints.read(observations.addresses, packet, view)) return;
    const typeCode = (packet.ipVersion << 16) | (icmpError.type(view, at) << 8) | icmpError.code(view, at);
    const { source: from, destination: to } = endpoints;
    const innermost = quoted.ipAt >= 0 ? quoted : null;
    let what = mix(quoted.vni, quoted.protocol);
    if (innermost !== null && endpoints.read(observations.addresses, quoted, view)) {
      what = mix(mix(what, endpoints.source), endpoints.destination);
    }
    const ports = this.portsAt();
    // Errors about other ports are others: a probe of a closed port must not hide that a tunnel's port is closed.
    if (ports >= 0) what = mix(what, udp.destinationPort(view, ports));
    observations.errors.add(packet.vni, typeCode, from, to, what, () => this.describe(packet, view));
  }

  private describe(packet: Packet, view: DataView): QuotedError {
    const { quoted } = this;
    const at = packet.transportAt;
    const type = icmpError.type(view, at);
    const code = icmpError.code(view, at);
    const outermost = at + MESSAGE_SIZE;
    const isEcho = quoted.kind === Kind.EchoRequest || quoted.kind === Kind.EchoReply;
    const ports = this.portsAt();
    return {
      vni: packet.vni,
      ipVersion: packet.ipVersion === 4 ? 4 : 6,
      type,
      code,
      from: addressOf(packet, view, false),
      to: addressOf(packet, view, true),
      mtu: mtuOf(packet, view, type, code),
      quotedProtocol: quoted.protocol,
      quotedSource: quoted.ipAt < 0 ? outerAddress(quoted, view, false) : addressOf(quoted, view, false),
      quotedDestination: quoted.ipAt < 0 ? outerAddress(quoted, view, true) : addressOf(quoted, view, true),
      quotedSourcePort: ports < 0 ? -1 : udp.sourcePort(view, ports),
      quotedDestinationPort: ports < 0 ? -1 : udp.destinationPort(view, ports),
      quotedIdentifier: isEcho ? icmp.identifier(view, quoted.transportAt) : -1,
      quotedVni: quoted.vni,
      quotedLength:
        view.getUint8(outermost) >> 4 === 4
          ? ipv4.totalLength(view, outermost)
          : ipv6.size + ipv6.payloadLength(view, outermost),
      count: 0,
      firstFrame: packet.frame,
      firstTime: packet.time,
    };
  }

  /** Where the ports of the quoted packet stand: of the outer datagram for a tunnel; -1 for none. */
  private portsAt(): number {
    const { quoted } = this;
    if (quoted.tunnelUdpAt >= 0) return quoted.tunnelUdpAt;
    const hasPorts = quoted.protocol === PROTOCOL_UDP || quoted.protocol === PROTOCOL_TCP;
    const isWhole = quoted.transportAt + PORTS_SIZE <= quoted.end;
    return hasPorts && isWhole ? quoted.transportAt : -1;
  }
}

function mtuOf(packet: Packet, view: DataView, type: number, code: number): number {
  if (packet.ipVersion === 6)
    return type === PACKET_TOO_BIG ? icmpv6Error.parameter(view, packet.transportAt) >>> 0 : 0;
  const isTooBig = type === icmpTypes.DESTINATION_UNREACHABLE && code === icmpTypes.FRAGMENTATION_NEEDED;
  return isTooBig ? icmpError.nextHopMtu(view, packet.transportAt) : 0;
}

function addressOf(packet: Packet, view: DataView, destination: boolean): string {
  return address(view, packet.ipAt, packet.ipVersion, destination);
}

function outerAddress(packet: Packet, view: DataView, destination: boolean): string {
  return packet.tunnelIpAt < 0 ? '' : address(view, packet.tunnelIpAt, packet.tunnelIpVersion, destination);
}

function address(view: DataView, ip: number, version: number, destination: boolean): string {
  if (version === 4) return formatIpv4(destination ? ipv4.destination(view, ip) : ipv4.source(view, ip));
  return formatIpv6(view, ip + (destination ? ipv6.at.destination : ipv6.at.source));
}
