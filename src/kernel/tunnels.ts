/** The directions of tunnels, as `TunnelTable` keeps them. */
import {
  ipv4,
  OUTER_IP,
  OUTER_UDP,
  State,
  TcpDigest,
  TUNNEL_FIELDS,
  TunnelField,
  udp,
  VXLAN,
  VXLAN_OVER_IPV4,
  vxlan,
} from './declarations.ts';
import { findKey } from './keys.ts';
import { double, hash5, setDouble, state, word } from './memory.ts';

/** Number of the tunnel direction of TCP with that row; -1 when it is not known. */
export function tunnelOfTcp(row: usize): i32 {
  return find(
    word(row, TcpDigest.TunnelHash),
    VXLAN_OVER_IPV4 | word(row, TcpDigest.Port),
    word(row, TcpDigest.Vni),
    word(row, TcpDigest.OuterSource),
    word(row, TcpDigest.OuterDestination),
  );
}

/** Number of the tunnel direction of the frame at `frame`, which is in a tunnel; -1 when it is not known. */
export function tunnelOf(frame: usize): i32 {
  const what = VXLAN_OVER_IPV4 | udp.destinationPort(frame + OUTER_UDP);
  const vni = vxlan.vni(frame + VXLAN);
  const source = ipv4.source(frame + OUTER_IP);
  const destination = ipv4.destination(frame + OUTER_IP);
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
  const keys: usize = state(State.TunnelKeys);
  const slots: usize = state(State.TunnelSlots);
  return findKey(keys, slots, state(State.TunnelMask), hash, what, vni, source, destination);
}
