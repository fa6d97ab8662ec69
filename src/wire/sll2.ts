/**
 * Linux cooked capture, version 2: LINKTYPE_LINUX_SLL2 of tcpdump.org, what `tcpdump -i any` writes since 4.99.
 *
 *     |         Protocol Type         |           Reserved            |
 *     |                        Interface Index                        |
 *     |     Hardware Type (ARPHRD_)   |  Packet Type  | Address Length|
 *     |                      Address (8 bytes)                        :
 *     :                                                               |
 *
 * 20 bytes, big endian. Packet types are those of version 1. Nothing is rejected.
 *
 * tshark: sll.etype sll.ifindex sll.hatype sll.pkttype sll.halen sll.src.eth
 */
import { bits32, bytes, header, u8, u16 } from './layout.ts';

export const sll2 = header('sll2', 20, [
  u16('protocol'),
  u16('reserved'),
  bits32('interfaceIndex'),
  u16('hardwareType'),
  u8('packetType'),
  u8('addressLength'),
  bytes(8, 'address'),
]);
