/** The directions of tunnels, as `TunnelTable` keeps them. */
import {
  Digest,
  ethernet,
  ipv4,
  State,
  TcpDigest,
  TUNNEL_FIELDS,
  TunnelField,
  udp,
  VXLAN_OVER_IPV4,
  vxlan,
} from './declarations.ts';
import { addKey } from './keys.ts';
import { double, hash5, setDouble, setFrame, state, word } from './memory.ts';

/** Bytes from a tunnel's IP header to the one inside. */
export const TUNNEL_HEADERS: i32 = ipv4.size + udp.size + vxlan.size + ethernet.size;

/** In place of the number of a tunnel direction: a packet outside any tunnel; */
export const NO_TUNNEL = -1;
/** one that is left to the program, of which nothing was taken in. */
export const NOT_TAKEN = -2;

/** Number of the tunnel direction of TCP with that row; `NOT_TAKEN` when it is new and found no room. */
export function tunnelOfTcp(row: usize): i32 {
  return add(
    word(row, TcpDigest.TunnelHash),
    VXLAN_OVER_IPV4 | word(row, TcpDigest.Port),
    word(row, TcpDigest.Vni),
    word(row, TcpDigest.OuterSource),
    word(row, TcpDigest.OuterDestination),
  );
}

/** Number of the tunnel direction of the frame at `frame`, which has that row: `NO_TUNNEL` outside any, `NOT_TAKEN` when it is new and found no room. */
export function tunnelOf(row: usize, frame: usize): i32 {
  if (word(row, Digest.OuterLength) === 0) return NO_TUNNEL;
  const outerIp = outerIpOf(row, frame);
  const what = VXLAN_OVER_IPV4 | udp.destinationPort(outerIp + ipv4.size);
  const vni = vxlan.vni(outerIp + ipv4.size + udp.size);
  const source = ipv4.source(outerIp);
  const destination = ipv4.destination(outerIp);
  return add(hash5(what, vni, source, destination, 0), what, vni, source, destination);
}

/** Counts the packet with that row for its tunnel direction; its frame, at `frame`, is number `number` of the capture, seen at `when`. */
export function countPacket(tunnel: i32, row: usize, frame: usize, number: i32, when: f64): void {
  const numbers = numbersOf(tunnel);
  const packets = double(numbers, TunnelField.Packets);
  if (packets === 0) noteFirst(numbers, outerIpOf(row, frame), frame, number, when);
  const length: f64 = word(row, Digest.OuterLength);
  setDouble(numbers, TunnelField.Packets, packets + 1);
  setDouble(numbers, TunnelField.Bytes, double(numbers, TunnelField.Bytes) + length);
  setDouble(numbers, TunnelField.LastTime, when);
  if (length > double(numbers, TunnelField.LargestPacket)) setDouble(numbers, TunnelField.LargestPacket, length);
}

/** Notes what is known of a tunnel direction by its first packet. */
export function noteFirst(numbers: usize, outerIp: usize, frame: usize, number: i32, when: f64): void {
  setFrame(numbers, TunnelField.FirstFrame, number);
  setDouble(numbers, TunnelField.FirstTime, when);
  setDouble(numbers, TunnelField.TimeToLive, ipv4.timeToLive(outerIp));
  setDouble(numbers, TunnelField.SourceMacHigh, ethernet.sourceHigh(frame));
  setDouble(numbers, TunnelField.SourceMacLow, ethernet.sourceLow(frame));
  setDouble(numbers, TunnelField.DestinationMacHigh, ethernet.destinationHigh(frame));
  setDouble(numbers, TunnelField.DestinationMacLow, ethernet.destinationLow(frame));
}

/** Address of the numbers of a tunnel direction. */
export function numbersOf(tunnel: i32): usize {
  return <usize>state(State.TunnelNumbers) + ((<usize>tunnel * TUNNEL_FIELDS) << 3);
}

/** Address of the outer IP header of the packet with that row. */
export function outerIpOf(row: usize, frame: usize): usize {
  return frame + word(row, Digest.Ip) - TUNNEL_HEADERS;
}

function add(hash: i32, what: i32, vni: i32, source: i32, destination: i32): i32 {
  const index = addKey(State.Tunnels, hash, what, vni, source, destination);
  return index < 0 ? NOT_TAKEN : index;
}
