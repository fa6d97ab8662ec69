/**
 * DNS, RFC 1035 section 4.1.1.
 *
 *     |              ID               |QR| Opcode |AA|TC|RD|RA| Z |RCODE|
 *     |       Questions (QDCOUNT)     |       Answers (ANCOUNT)       |
 *     |       Authority (NSCOUNT)     |      Additional (ARCOUNT)     |
 *
 * 12 bytes, big endian, over UDP; over TCP a length of 2 bytes stands in front. Nothing is rejected.
 *
 * tshark: dns.id dns.flags dns.flags.response dns.flags.rcode dns.count.queries dns.count.answers
 * dns.count.auth_rr dns.count.add_rr
 */
import { header, u16 } from './layout.ts';

export const dns = header('dns', 12, [
  u16('id'),
  u16('flags'),
  u16('questions'),
  u16('answers'),
  u16('authority'),
  u16('additional'),
]);

/** `flags`: set in a response, clear in a query. */
export const QUERY_RESPONSE = 0x8000;
/** `flags`: the response code; 0 no error, 2 server failure, 3 no such name, 5 refused. */
export const RESPONSE_CODE = 0x000f;
