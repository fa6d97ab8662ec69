/**
 * What an ordinary packet is, which is taken in by the kernel.
 *
 * Most frames are alike: Ethernet with one tag or none, and ARP, or IPv4 with an echo, DNS or the middle of a TCP connection;
 * or all that once more behind UDP and VXLAN, then without a tag. No option, no fragment, nothing cut short.
 */
export enum Ordinary {
  /** It is none. */
  No,
  EchoRequest,
  EchoReply,
  DnsQuery,
  DnsResponse,
  ArpRequest,
  ArpReply,
  /** TCP in a tunnel that neither opens nor refuses a connection, */
  Tcp,
  /** and such outside any tunnel, */
  BareTcp,
  /** over IPv6. */
  BareTcpOverIpv6,
}
