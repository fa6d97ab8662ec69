/**
 * Link types of captures: the LINKTYPE_ registry of tcpdump.org, and the 4-byte header of BSD loopback.
 *
 *     |                        Address Family                         |
 *
 * LINKTYPE_NULL has it in the byte order of the host that captured, LINKTYPE_LOOP in big endian.
 * Families are small numbers, so the value itself tells the order.
 *
 * tshark: frame.encap_type null.family
 */
import { header, u32, u32le } from './layout.ts';

const loopback = header('loopback', 4, [u32('family')]);
const loopbackLittleEndian = header('loopbackLittleEndian', 4, [u32le('family')]);

/** Link types that are decoded. */
export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
/** DLT_RAW of FreeBSD, Linux and others, which some programs write to files as it is. */
export const LINKTYPE_RAW_BSD = 12;
/** DLT_RAW of OpenBSD. */
export const LINKTYPE_RAW_OPENBSD = 14;
export const LINKTYPE_RAW = 101;
export const LINKTYPE_LOOP = 108;
export const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_LINUX_SLL2 = 276;

/** Bytes of the loopback header. */
export const LOOPBACK_SIZE = loopback.size;

export const AF_INET = 2;
/** AF_INET6 is 10 on Linux, 24, 28 and 30 on the BSDs and macOS, 23 on Windows. */
const AF_INET6: readonly number[] = [10, 23, 24, 28, 30];

/** The address family of the loopback header at `at`, whichever byte order it is in. */
export function loopbackFamily(view: DataView, at: number): number {
  const family = loopback.family(view, at);
  return family < 0x10000 ? family : loopbackLittleEndian.family(view, at);
}

/** True for every system's number for IPv6. */
export function isInet6(family: number): boolean {
  return AF_INET6.includes(family);
}

const NAMES: Readonly<Record<number, string>> = {
  0: 'NULL',
  1: 'ETHERNET',
  3: 'AX25',
  6: 'IEEE802_5',
  7: 'ARCNET_BSD',
  8: 'SLIP',
  9: 'PPP',
  10: 'FDDI',
  12: 'RAW',
  14: 'RAW',
  50: 'PPP_HDLC',
  51: 'PPP_ETHER',
  100: 'ATM_RFC1483',
  101: 'RAW',
  104: 'C_HDLC',
  105: 'IEEE802_11',
  107: 'FRELAY',
  108: 'LOOP',
  113: 'LINUX_SLL',
  114: 'LTALK',
  117: 'PFLOG',
  119: 'IEEE802_11_PRISM',
  122: 'IP_OVER_FC',
  123: 'SUNATM',
  127: 'IEEE802_11_RADIOTAP',
  138: 'APPLE_IP_OVER_IEEE1394',
  139: 'MTP2_WITH_PHDR',
  140: 'MTP2',
  141: 'MTP3',
  142: 'SCCP',
  143: 'DOCSIS',
  144: 'LINUX_IRDA',
  163: 'IEEE802_11_AVS',
  166: 'PPP_PPPD',
  169: 'GPRS_LLC',
  177: 'LINUX_LAPD',
  187: 'BLUETOOTH_HCI_H4',
  189: 'USB_LINUX',
  192: 'PPI',
  195: 'IEEE802_15_4_WITHFCS',
  197: 'ERF',
  201: 'BLUETOOTH_HCI_H4_WITH_PHDR',
  220: 'USB_LINUX_MMAPPED',
  224: 'FC_2',
  226: 'IPNET',
  227: 'CAN_SOCKETCAN',
  228: 'IPV4',
  229: 'IPV6',
  230: 'IEEE802_15_4_NOFCS',
  239: 'NFLOG',
  240: 'NETANALYZER',
  242: 'IPOIB',
  247: 'INFINIBAND',
  249: 'USBPCAP',
  251: 'BLUETOOTH_LE_LL',
  253: 'NETLINK',
  258: 'PKTAP',
  271: 'VSOCK',
  274: 'ETHERNET_MPACKET',
  276: 'LINUX_SLL2',
};

/** The registered name without its prefix, such as `LINUX_SLL2`; `LINKTYPE_n` for a number that has none here. */
export function linkTypeName(linkType: number): string {
  return NAMES[linkType] ?? `LINKTYPE_${linkType}`;
}
