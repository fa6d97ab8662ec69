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
import { findKey } from './keys.ts';
import { double, hash5, setDouble, state, word } from './memory.ts';

/** Bytes from a tunnel's IP header to the one inside. */
export const TUNNEL_HEADERS: i32 = ipv4.size + udp.size + vxlan.size + ethernet.size;

/** In place of the number of a tunnel direction: a packet outside any tunnel; */
export const NO_TUNNEL = -1;
/** one that is left to the program, of which nothing was taken in. */
export const NOT_TAKEN = -2;

/** Number of the tunnel direction of TCP with that row; `NOT_TAKEN` when it is not known. */
export function tunnelOfTcp(row: usize): i32 {
  return find(
    word(row, TcpDigest.TunnelHash),
    VXLAN_OVER_IPV4 | word(row, TcpDigest.Port),
    word(row, TcpDigest.Vni),
    word(row, TcpDigest.OuterSource),
    word(row, TcpDigest.OuterDestination),
  );
}

/** Number of the tunnel direction of the frame at `frame`, which has that row: `NO_TUNNEL` outside any, `NOT_TAKEN` when it is not known. */
export function tunnelOf(row: usize, frame: usize): i32 {
  if (word(row, Digest.OuterLength) === 0) return NO_TUNNEL;
  const outerIp = frame + word(row, Digest.Ip) - TUNNEL_HEADERS;
  const what = VXLAN_OVER_IPV4 | udp.destinationPort(outerIp + ipv4.size);
  const vni = vxlan.vni(outerIp + ipv4.size + udp.size);
  const source = ipv4.source(outerIp);
  const destination = ipv4.destination(outerIp);
  return find(hash5(what, vni, source, destination, 0), what, vni, source, destination);
}

/** Counts a packet of `length` bytes, seen at `when`. */
export function countPacket(tunnel: i32, length: f64, when: f64): void {
  const numbers: usize = <usize>state(State.TunnelNumbers) + ((<usize>tunnel * TUNNEL_FIELDS) << 3);
  setDouble(numbers, TunnelField.Packets, double(numbers, TunnelField.Packets) + 1);
  setDouble(numbers, TunnelField.Bytes, double(numbers, TunnelField.Bytes) + length);
  setDouble(numbers, TunnelField.LastTime, when);
  if (length > double(numbers, TunnelField.LargestPacket)) setDouble(numbers, TunnelField.LargestPacket, length);
}

function find(hash: i32, what: i32, vni: i32, source: i32, destination: i32): i32 {
  const index = findKey(State.Tunnels, hash, what, vni, source, destination);
  return index < 0 ? NOT_TAKEN : index;
}
