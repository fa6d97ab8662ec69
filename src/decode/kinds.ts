/** What a packet is, by the one byte of its transport header that says so. */
import * as icmpTypes from '../wire/icmp.ts';
import { ACK, RST, SYN } from '../wire/tcp.ts';
import { Kind } from './packet.ts';

/** Kind by ICMP type. */
export const ICMP_KINDS = new Uint8Array(256).map((_, type) => {
  if (type === icmpTypes.ECHO_REQUEST) return Kind.EchoRequest;
  if (type === icmpTypes.ECHO_REPLY) return Kind.EchoReply;
  return icmpTypes.isError(type) ? Kind.Error : Kind.Other;
});

/** Kind by the flags of a TCP header: only what opens or refuses a connection matters. */
export const TCP_KINDS = new Uint8Array(256).map((_, flags) => {
  if ((flags & RST) !== 0) return Kind.Reset;
  if ((flags & SYN) === 0) return Kind.Other;
  return (flags & ACK) !== 0 ? Kind.SynAck : Kind.Syn;
});
