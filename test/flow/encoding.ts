/** Frames put together byte by byte, apart from the product's declarations, so that the two cannot share a mistake. */

export type Bytes = readonly number[];

const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** Internet checksum (RFC 1071). */
function checksum(bytes: Bytes): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function withChecksum(bytes: number[], at: number, pseudoHeader: Bytes = []): number[] {
  const [high, low] = u16(checksum([...pseudoHeader, ...bytes]));
  bytes[at] = high;
  bytes[at + 1] = low;
  return bytes;
}

export const mac = (last: number): Bytes => [0x0a, 0x58, 0x0a, 0x84, 0x02, last & 0xff];
export const BROADCAST: Bytes = [255, 255, 255, 255, 255, 255];

export function ethernet(source: Bytes, destination: Bytes, etherType: number, payload: Bytes): Bytes {
  return [...destination, ...source, ...u16(etherType), ...payload];
}

export interface IpHeader {
  source: Bytes;
  destination: Bytes;
  identification?: number;
  timeToLive?: number;
}

export function ipv4(header: IpHeader, protocol: number, payload: Bytes): Bytes {
  const { source, destination, identification = 0, timeToLive = 64 } = header;
  const fixed = [0x45, 0, ...u16(20 + payload.length), ...u16(identification), 0x40, 0, timeToLive, protocol, 0, 0];
  return [...withChecksum([...fixed, ...source, ...destination], 10), ...payload];
}

export function ipv6(header: IpHeader, nextHeader: number, payload: Bytes): Bytes {
  const { source, destination, timeToLive = 64 } = header;
  return [0x60, 0, 0, 0, ...u16(payload.length), nextHeader, timeToLive, ...source, ...destination, ...payload];
}

/** Echo request (8) or reply (0). */
export function icmpEcho(type: 8 | 0, identifier: number, sequence: number, payload: Bytes): Bytes {
  return withChecksum([type, 0, 0, 0, ...u16(identifier), ...u16(sequence), ...payload], 2);
}

/** Echo request (128) or reply (129); its checksum covers the addresses. */
export function icmpv6Echo(
  type: 128 | 129,
  identifier: number,
  sequence: number,
  payload: Bytes,
  { source, destination }: IpHeader,
): Bytes {
  const bytes = [type, 0, 0, 0, ...u16(identifier), ...u16(sequence), ...payload];
  return withChecksum(bytes, 2, [...source, ...destination, ...u32(bytes.length), 0, 0, 0, 58]);
}

export const SYN = 2;
export const SYN_ACK = 18;

export function tcp(source: number, destination: number, sequence: number, acknowledgment: number, flags: number) {
  return [
    ...u16(source),
    ...u16(destination),
    ...u32(sequence),
    ...u32(acknowledgment),
    0x50,
    flags,
    16,
    0,
    0,
    0,
    0,
    0,
  ];
}

export function udp(source: number, destination: number, payload: Bytes): Bytes {
  return [...u16(source), ...u16(destination), ...u16(8 + payload.length), 0, 0, ...payload];
}

export function dns(id: number, isResponse: boolean): Bytes {
  return [...u16(id), isResponse ? 0x81 : 0x01, 0, ...u16(1), 0, 0, 0, 0, 0, 0, 1, 0x61, 0, ...u16(1), ...u16(1)];
}

/** Who has `target`? Tell `sender`; or, as a reply, `sender` is at `senderMac`. */
export function arp(operation: 1 | 2, senderMac: Bytes, sender: Bytes, targetMac: Bytes, target: Bytes): Bytes {
  return [...u16(1), ...u16(0x0800), 6, 4, ...u16(operation), ...senderMac, ...sender, ...targetMac, ...target];
}

/** The frame in VXLAN from one tunnel end to the other, without outer UDP checksum. */
export function vxlan(vni: number, source: Bytes, destination: Bytes, frame: Bytes): Bytes {
  const header = [8, 0, 0, 0, ...u32(vni << 8)];
  const outer = ipv4({ source, destination }, 17, udp(49152 + (frame[20] ?? 0), 4789, [...header, ...frame]));
  return ethernet(mac(source[3]), mac(destination[3]), 0x0800, outer);
}
