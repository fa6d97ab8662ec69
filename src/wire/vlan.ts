/**
 * VLAN tag, IEEE 802.1Q-2018 section 9.6; stacked as in 802.1ad.
 *
 *     | PCP |D|        VLAN Id        |           EtherType           |
 *
 * 4 bytes behind EtherType 0x8100, 0x88a8 or 0x9100, big endian. The EtherType is that of what
 * follows, which may be another tag. Nothing is rejected.
 *
 * tshark: vlan.priority vlan.dei vlan.id vlan.etype ieee8021ad.id
 */
import { header, u16 } from './layout.ts';

export const vlan = header('vlan', 4, [u16('tagControl'), u16('etherType')]);

/** `tagControl`: the VLAN id; 0 is a priority tag only. */
export const VLAN_ID = 0x0fff;
/** `tagControl`: right shift that leaves the priority. */
export const PRIORITY_SHIFT = 13;
