/**
 * Linux cooked capture, version 1: LINKTYPE_LINUX_SLL of tcpdump.org, what `tcpdump -i any` used to write.
 *
 *     |          Packet Type          |     Hardware Type (ARPHRD_)   |
 *     |         Address Length        |     Address (8 bytes)         :
 *     :                                                               :
 *     :                               |         Protocol Type         |
 *
 * 16 bytes, big endian. The protocol type is an EtherType; below 0x0600 it is one of Linux' own
 * numbers. Only `addressLength` bytes of the sender's address mean anything. Nothing is rejected.
 *
 * tshark: sll.pkttype sll.hatype sll.halen sll.src.eth sll.etype
 */
import { bytes, header, u16 } from './layout.ts';

export const sll = header('sll', 16, [
  u16('packetType'),
  u16('hardwareType'),
  u16('addressLength'),
  bytes(8, 'address'),
  u16('protocol'),
]);

/** Packet types of both versions (`PACKET_` in Linux' if_packet.h). */
export const PACKET_HOST = 0;
export const PACKET_BROADCAST = 1;
export const PACKET_MULTICAST = 2;
/** Addressed to another host's MAC: what IP drops. */
export const PACKET_OTHERHOST = 3;
export const PACKET_OUTGOING = 4;
