/** VXLAN on a port that nobody named: told by its bytes, and only when they leave no doubt. */
import { ARP_REPLY, ARP_REQUEST, arp } from '../wire/arp.ts';
import { ipv4HeaderValid } from '../wire/checksum.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ethernet } from '../wire/ethernet.ts';
import { ipv4 } from '../wire/ipv4.ts';
import { ipv6 } from '../wire/ipv6.ts';
import { vxlan } from '../wire/vxlan.ts';

/** First 32 bits of a header with the I flag set and everything else zero, as RFC 7348 demands of a sender. */
const ONLY_VNI_FLAG = 0x08000000;

/**
 * True when the UDP payload from `at` to `end` is VXLAN beyond doubt: the flags exactly as RFC 7348
 * section 5 wants them, reserved bits zero, and inside an Ethernet frame that carries ARP for IPv4,
 * an IPv6 header that fits, or an IPv4 header whose checksum is right. A checksum left to the network
 * card is zero; then the packet must fill the frame to the byte.
 */
export function isUnmistakablyVxlan(view: DataView, at: number, end: number): boolean {
  if (end - at < vxlan.size + ethernet.size + arp.size || view.getInt32(at) !== ONLY_VNI_FLAG) return false;
  if (vxlan.reserved2(view, at) !== 0) return false;
  const frame = at + vxlan.size;
  const inner = frame + ethernet.size;
  switch (ethernet.etherType(view, frame)) {
    case ETHERTYPE_IPV4: {
      const headerLength = (ipv4.versionIhl(view, inner) & 15) << 2;
      if (ipv4.versionIhl(view, inner) >> 4 !== 4 || headerLength < ipv4.size || end - inner < headerLength)
        return false;
      if (ipv4.totalLength(view, inner) < headerLength) return false;
      if (ipv4.headerChecksum(view, inner) === 0) return ipv4.totalLength(view, inner) === end - inner;
      return ipv4HeaderValid(view, inner, headerLength);
    }
    case ETHERTYPE_IPV6:
      if (end - inner < ipv6.size || ipv6.versionClassFlow(view, inner) >>> 28 !== 6) return false;
      return ipv6.payloadLength(view, inner) === end - inner - ipv6.size;
    case ETHERTYPE_ARP: {
      const operation = arp.operation(view, inner);
      if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return false;
      return arp.hardwareType(view, inner) === 1 && arp.protocolType(view, inner) === ETHERTYPE_IPV4;
    }
    default:
      return false;
  }
}
