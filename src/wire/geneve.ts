/**
 * Geneve, RFC 8926 section 3.4.
 *
 *     |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
 *     |        Virtual Network Identifier (VNI)       |    Reserved   |
 *     |               Variable-Length Options (0 to 252 bytes)        |
 *
 * 8 to 260 bytes, big endian, over UDP port 6081. A version other than 0 is not Geneve as we know it.
 * The option length counts words of 4 bytes. The protocol type is an EtherType, 0x6558 for Ethernet.
 *
 * tshark: geneve.version geneve.option.length geneve.flags geneve.proto_type geneve.vni geneve.reserved
 */
import { header, u8, u16, u24 } from './layout.ts';

export const geneve = header('geneve', 8, [
  u8('versionOptionLength'),
  u8('flags'),
  u16('protocolType'),
  u24('vni'),
  u8('reserved'),
]);

export const GENEVE_PORT = 6081;

/** `versionOptionLength`: the options, in units of 4 bytes. */
export const OPTION_LENGTH = 0x3f;
/** `flags`: a control packet, no tenant's traffic. */
export const FLAG_CONTROL = 0x80;
/** `flags`: options that a receiver must understand. */
export const FLAG_CRITICAL = 0x40;
