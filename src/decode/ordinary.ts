/**
 * What an ordinary packet of an overlay is, which is taken in by the kernel.
 *
 * Most frames of an overlay are alike: Ethernet, IPv4, UDP, VXLAN, Ethernet, IPv4, and an echo, DNS or the middle of
 * a TCP connection; no tag, no option, no fragment, nothing cut short. In such a frame every field lies at a fixed
 * distance from its start.
 */
import { ethernet } from '../wire/ethernet.ts';
import { ipv4 } from '../wire/ipv4.ts';
import { udp } from '../wire/udp.ts';
import { vxlan } from '../wire/vxlan.ts';

/** What an ordinary packet is. */
export enum Ordinary {
  /** It is none. */
  No,
  EchoRequest,
  EchoReply,
  DnsQuery,
  DnsResponse,
  /** TCP that neither opens nor refuses a connection, */
  Tcp,
  /** and such outside any tunnel. */
  BareTcp,
}

/** Where each header starts, behind the start of the frame. */
export const OUTER_IP = ethernet.size;
export const OUTER_UDP = OUTER_IP + ipv4.size;
export const VXLAN = OUTER_UDP + udp.size;
export const INNER_ETHERNET = VXLAN + vxlan.size;
export const INNER_IP = INNER_ETHERNET + ethernet.size;
export const TRANSPORT = INNER_IP + ipv4.size;
