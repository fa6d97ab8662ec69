/**
 * ARP for IPv4 over Ethernet, RFC 826.
 *
 *     |        Hardware Type          |         Protocol Type         |
 *     | Hw. Addr. Len | Pr. Addr. Len |           Operation           |
 *     |           Sender Hardware Address (48 bits)                   :
 *     :                               | Sender Protocol Address       :
 *     :                               | Target Hardware Address       :
 *     :                               :                               |
 *     |                    Target Protocol Address                    |
 *
 * 28 bytes, big endian. The lengths say whether the addresses are MACs and IPv4 addresses; with
 * hardware type 1, protocol type 0x0800 and lengths 6 and 4 they are, else they must not be read.
 * In a request the target hardware address means nothing.
 *
 * tshark: arp.hw.type arp.proto.type arp.hw.size arp.proto.size arp.opcode arp.src.hw_mac
 * arp.src.proto_ipv4 arp.dst.hw_mac arp.dst.proto_ipv4
 */
import { ETHERTYPE_IPV4 } from './ethernet.ts';
import { bits32, header, u8, u16 } from './layout.ts';

export const arp = header('arp', 28, [
  u16('hardwareType'),
  u16('protocolType'),
  u8('hardwareLength'),
  u8('protocolLength'),
  u16('operation'),
  u16('senderHardwareHigh'),
  bits32('senderHardwareLow'),
  bits32('senderProtocol'),
  u16('targetHardwareHigh'),
  bits32('targetHardwareLow'),
  bits32('targetProtocol'),
]);

/** `hardwareType`: Ethernet. */
export const HARDWARE_ETHERNET = 1;

/** `operation`. */
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** True when the addresses in the ARP packet at `at` are MACs and IPv4 addresses, and so may be read. */
export function isArpForIpv4(view: DataView, at: number): boolean {
  if (arp.protocolType(view, at) !== ETHERTYPE_IPV4) return false;
  return arp.hardwareLength(view, at) === 6 && arp.protocolLength(view, at) === 4;
}
