/** Decodes frames for tests, and puts frames together from their layers. */
import { decodeFrame } from '../../src/decode/frame.ts';
import { Kind, Layer, Outcome, Packet, Tunnel } from '../../src/decode/packet.ts';
import { portTable } from '../../src/decode/ports.ts';

export const ETHERNET = 1;
export const STANDARD_PORTS = portTable();

interface DecodeOptions {
  linkType?: number;
  /** Bytes on the wire; those given when absent. */
  original?: number;
  vxlanPorts?: readonly number[];
}

/** Decodes `bytes` in a view that ends where they end, so that one read too many throws. */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): Packet {
  const { linkType = ETHERNET, original = bytes.length, vxlanPorts } = options;
  const packet = new Packet();
  const ports = vxlanPorts === undefined ? STANDARD_PORTS : portTable(vxlanPorts);
  decodeFrame(new DataView(Uint8Array.from(bytes).buffer), 0, bytes.length, original, linkType, ports, packet);
  return packet;
}

export function layers(packet: Packet): string[] {
  return [...packet.layerKind.subarray(0, packet.layerCount)].map((kind) => Layer[kind]);
}

/** All that a packet says, without what has no meaning in it: the problem of a complete one, the tunnel of a bare one. */
export function meaning(packet: Packet): Record<string, unknown> {
  const { frame: _frame, time: _time, channel: _channel, layerKind: _kinds, ...rest } = packet;
  const said: Record<string, unknown> = { ...rest, layers: layers(packet) };
  said['layerAt'] = [...packet.layerAt.subarray(0, packet.layerCount)];
  said['kind'] = Kind[packet.kind];
  said['outcome'] = Outcome[packet.outcome];
  if (packet.outcome === Outcome.Complete) {
    for (const field of ['problemLayer', 'problemAt', 'needed', 'available']) delete said[field];
  }
  if (packet.tunnel === Tunnel.None) {
    for (const field of ['tunnelIpVersion', 'tunnelPort', 'tunnelDatagramEnd']) delete said[field];
  }
  return said;
}

const SOURCE_MAC = [0x0a, 0x58, 0x0a, 0x84, 0x02, 0x02];
const DESTINATION_MAC = [0x0a, 0x58, 0x0a, 0x84, 0x02, 0x2e];

type Bytes = readonly number[];

const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

export function ethernet(etherType: number, payload: Bytes): number[] {
  return [...DESTINATION_MAC, ...SOURCE_MAC, ...u16(etherType), ...payload];
}

/** A tag's control field and the EtherType behind it. */
export function vlan(id: number, etherType: number, payload: Bytes): number[] {
  return [...u16(id), ...u16(etherType), ...payload];
}

interface Ipv4Fields {
  protocol: number;
  /** Flags and fragment offset as they stand. */
  fragment?: number;
  totalLength?: number;
  checksum?: number;
  options?: Bytes;
}

export function ipv4(
  { protocol, fragment = 0, totalLength, checksum, options = [] }: Ipv4Fields,
  payload: Bytes,
): number[] {
  const length = 20 + options.length;
  const header = [
    0x40 | (length >> 2),
    0,
    ...u16(totalLength ?? length + payload.length),
    0x12,
    0x34,
    ...u16(fragment),
  ];
  header.push(64, protocol, 0, 0, 10, 1, 0, 1, 10, 1, 0, 2, ...options);
  const [high, low] = u16(checksum ?? onesComplement(header));
  header[10] = high;
  header[11] = low;
  return [...header, ...payload];
}

/** RFC 1071, the plain way. */
function onesComplement(bytes: Bytes): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i] * 256 + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return 0xffff - sum;
}

export function ipv6(nextHeader: number, payload: Bytes, payloadLength = payload.length): number[] {
  const address = (last: number): number[] => [0x20, 1, 0x0d, 0xb8, ...new Array<number>(11).fill(0), last];
  return [0x60, 0, 0, 0, ...u16(payloadLength), nextHeader, 64, ...address(1), ...address(2), ...payload];
}

/** An extension header of 8 bytes and `extra` units more. */
export function extension(nextHeader: number, payload: Bytes, extra = 0, unit = 8): number[] {
  return [nextHeader, extra, ...new Array<number>(6 + extra * unit).fill(0), ...payload];
}

/** An authentication header of `words` 32-bit words. */
export function authentication(nextHeader: number, words: number, payload: Bytes): number[] {
  return [nextHeader, words - 2, ...new Array<number>(words * 4 - 2).fill(0), ...payload];
}

export function fragmentHeader(nextHeader: number, offsetFlags: number, payload: Bytes): number[] {
  return [nextHeader, 0, ...u16(offsetFlags), ...u32(0xdeadbeef), ...payload];
}

export function udp(destinationPort: number, payload: Bytes, length = 8 + payload.length): number[] {
  return [...u16(50_000), ...u16(destinationPort), ...u16(length), 0, 0, ...payload];
}

export function vxlan(vni: number, payload: Bytes, flags = 0x08): number[] {
  return [flags, 0, 0, 0, ...u32(vni * 256), ...payload];
}

/** An echo message, identifier 7, sequence number 9, with its checksum left out. */
export function echo(type: number, payload: Bytes = [1, 2, 3, 4]): number[] {
  return [type, 0, 0, 0, ...u16(7), ...u16(9), ...payload];
}

export function arp(operation: number, hardwareLength = 6): number[] {
  const addresses = [...SOURCE_MAC, 10, 1, 0, 1, ...new Array<number>(6).fill(0), 10, 1, 0, 2];
  return [0, 1, 8, 0, hardwareLength, 4, ...u16(operation), ...addresses];
}

/** An echo request in VXLAN, on a UDP port. */
export function tunnelled(port: number, inner: Bytes = ethernet(0x0800, ipv4({ protocol: 1 }, echo(8)))): number[] {
  return ethernet(0x0800, ipv4({ protocol: 17 }, udp(port, vxlan(555005, inner))));
}
