/**
 * VXLAN, RFC 7348 section 5.
 *
 *     |R|R|R|R|I|R|R|R|            Reserved                           |
 *     |                VXLAN Network Identifier (VNI) |   Reserved    |
 *
 * 8 bytes, big endian, over UDP; an Ethernet frame follows. Without the I flag it is no VXLAN. All
 * that is reserved should be sent as zero and ignored when received; Linux drops such packets instead.
 *
 * Two drafts give the reserved bits a meaning. Group policy (draft-smith-vxlan-group-policy) sets the
 * first flag and puts a policy id into the low 16 bits of `reserved1`:
 *
 *     |G|R|R|R|I|R|R|R|R|D|R|R|A|R|R|R|        Group Policy ID        |
 *
 * The generic protocol extension (draft-ietf-nvo3-vxlan-gpe, port 4790) names what follows in the low
 * 8 bits of `reserved1`, with the P flag set:
 *
 *     |R|R|Ver|I|P|B|O|       Reserved                | Next Protocol |
 *
 * tshark: vxlan.flags vxlan.flag_i vxlan.gbp vxlan.reserved_8 vxlan.vni vxlan.next_proto
 */
import { header, u8, u24 } from './layout.ts';

export const vxlan = header('vxlan', 8, [u8('flags'), u24('reserved1'), u24('vni'), u8('reserved2')]);

/** UDP ports: IANA's, Linux' default from before there was one, and that of the generic protocol extension. */
export const VXLAN_PORT = 4789;
export const VXLAN_PORT_LINUX = 8472;
export const VXLAN_GPE_PORT = 4790;

/** `flags`: the VNI is valid. */
export const FLAG_VNI = 0x08;
/** `flags`, group policy: `reserved1` carries a policy id. */
export const FLAG_GROUP_POLICY = 0x80;
/** `flags`, generic protocol extension: `reserved1` carries a next protocol. */
export const FLAG_NEXT_PROTOCOL = 0x04;

/** `reserved1`, group policy: the id, and the bits "do not learn" and "policy applied". */
export const GROUP_POLICY_ID = 0x00ffff;
export const GROUP_POLICY_DO_NOT_LEARN = 0x400000;
export const GROUP_POLICY_APPLIED = 0x080000;

/** Low 8 bits of `reserved1`, generic protocol extension: the next protocol. */
export const GPE_NEXT_PROTOCOL = 0x0000ff;
export const GPE_IPV4 = 1;
export const GPE_IPV6 = 2;
export const GPE_ETHERNET = 3;
export const GPE_NSH = 4;
export const GPE_MPLS = 5;
