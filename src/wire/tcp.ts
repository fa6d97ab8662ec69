/**
 * TCP, RFC 9293 section 3.1.
 *
 *     |          Source Port          |       Destination Port        |
 *     |                        Sequence Number                        |
 *     |                     Acknowledgment Number                     |
 *     |  Data |       |C|E|U|A|P|R|S|F|                               |
 *     | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 *     |       |       |R|E|G|K|H|T|N|N|                               |
 *     |           Checksum            |         Urgent Pointer        |
 *     |                    Options (0 to 40 bytes)                    |
 *
 * 20 to 60 bytes, big endian. `dataOffset` is the whole byte; its high four bits count words of
 * 4 bytes, and below 5 they contradict the header.
 *
 * tshark: tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.hdr_len tcp.flags tcp.window_size_value tcp.checksum
 * tcp.urgent_pointer
 */
import { bits32, header, u8, u16 } from './layout.ts';

export const tcp = header('tcp', 20, [
  u16('sourcePort'),
  u16('destinationPort'),
  bits32('sequence'),
  bits32('acknowledgment'),
  u8('dataOffset'),
  u8('flags'),
  u16('window'),
  u16('checksum'),
  u16('urgentPointer'),
]);

/** Bits of `flags`. */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;
export const ECE = 0x40;
export const CWR = 0x80;

/** Letters of the bits of `flags` from the lowest up, as tcpdump writes them. */
export const FLAG_LETTERS = 'FSRP.UEW';
