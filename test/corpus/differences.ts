/** Where the analysis and tshark count differently, and why. docs/differences.md lists the same for people. */
import type { Measure } from './measures.ts';

export interface Difference {
  measures: readonly Measure[];
  /** Values for each of the measures, in their order. */
  ours: readonly (number | Record<string, number>)[];
  theirs: readonly (number | Record<string, number>)[];
  /** `convention` where both are right and count different things. */
  right: 'vxtrace' | 'tshark' | 'convention';
  reason: string;
}

const REPEATED =
  'the same packet stands in the capture several times; a request is counted once, however often it was seen';
const LINK_TYPE = 'the link type is not decoded; the report says so';

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'K8S-CKA__eth.pcap': {
    measures: ['unansweredByTshark'],
    ours: [0],
    theirs: [7],
    right: 'vxtrace',
    reason: 'requests are plain and replies tunnelled; tshark does not pair them, the addresses and numbers do',
  },
  'arkime__icmp-frame-relay.pcap': {
    measures: ['echoRequests', 'echoReplies'],
    ours: [0, 0],
    theirs: [5, 5],
    right: 'tshark',
    reason: LINK_TYPE,
  },
  'retis__test_events_packets.pcap': {
    measures: ['unansweredByTshark'],
    ours: [0],
    theirs: [10],
    right: 'vxtrace',
    reason: REPEATED,
  },
  'rod-ix-pc-04__PR_2.pcap': {
    measures: ['vxlanPerVni'],
    ours: [{ 200: 244 }],
    theirs: [{ 200: 252 }],
    right: 'convention',
    reason: 'eight frames are VXLAN in VXLAN; tshark counts both headers, the report counts packets by the innermost',
  },
  'suricata-verify__ipv6-rsmurf__rsmurf6.pcap': {
    measures: ['unansweredV6ByKey'],
    ours: [0],
    theirs: [1000],
    right: 'vxtrace',
    reason: 'all requests go to ff02::1, which no single host has to answer; tshark itself calls none unanswered',
  },
  'tcpdump__arp-oobr.pcap': {
    measures: ['arpRequests', 'arpReplies'],
    ours: [1983, 26],
    theirs: [2152, 28],
    right: 'convention',
    reason:
      'random bytes: only ARP for IPv4 with hardware addresses of 6 bytes is counted; tshark counts any operation 1 or 2, and takes frame 1166 for ATMARP',
  },
  'tcpdump__arp-too-long-tha.pcap': {
    measures: ['arpRequests'],
    ours: [0],
    theirs: [1],
    right: 'convention',
    reason: 'random bytes: hardware addresses of 14 bytes are no ARP for Ethernet',
  },
  'tcpdump__bigtcp-ipv4-vxlan-ipv6.pcap': {
    measures: ['vxlan', 'vxlanPerVni'],
    ours: [1, { 5001: 1 }],
    theirs: [0, {}],
    right: 'vxtrace',
    reason: 'a datagram of 80 kB has UDP length 0, as Linux writes it for BIG TCP; tshark 4.0 stops there',
  },
  'wireshark__communityid.pcap.gz': {
    measures: ['unansweredByTshark', 'unansweredByKey'],
    ours: [0, 0],
    theirs: [4, 4],
    right: 'vxtrace',
    reason: REPEATED,
  },
  'zeek__arp-leak.pcap': {
    measures: ['arpRequests', 'arpReplies'],
    ours: [0, 0],
    theirs: [3, 3],
    right: 'convention',
    reason: 'hardware addresses of 255 bytes are no ARP for Ethernet; no kernel takes them',
  },
  'zeek__arp-who-has-radiotap.pcap': {
    measures: ['arpRequests', 'arpReplies'],
    ours: [0, 0],
    theirs: [1, 1],
    right: 'tshark',
    reason: LINK_TYPE,
  },
  'zeek__icmp-header-trunc.pcap': {
    measures: ['echoRequests', 'echoReplies'],
    ours: [0, 0],
    theirs: [1, 1],
    right: 'convention',
    reason:
      'the snap length cuts the ICMP header before its sequence number; what cannot be matched is not counted, and the report warns of the snap length',
  },
  'zeek__icmp.pcap': {
    measures: ['unansweredByTshark', 'unansweredByKey'],
    ours: [0, 0],
    theirs: [4, 4],
    right: 'vxtrace',
    reason: REPEATED,
  },
};

/** Files that tshark does not read to their end, and what the analysis makes of them: see `corpus.test.ts`. */
export const UNREADABLE: Readonly<Record<string, { warning: string | null; packets: number; reason: string }>> = {
  'gopacket__le_test901.pcapng': {
    warning: 'damaged at byte 480',
    packets: 1,
    reason: 'the second section has a version that neither knows; both stop there',
  },
  'libpcap__linktype-reserved-field-not-zero.pcap': {
    warning: null,
    packets: 0,
    reason: 'reserved bits of the link type are set; they say nothing of the packets, of which the file has none',
  },
  'python-pcapng__test007.ntar': {
    warning: 'no valid time',
    packets: 1,
    reason: 'a packet block leaves its padding out of its length; the packet is there and is counted',
  },
  'scapy__bad_rsn_parsing_overrides_ssid.pcap': {
    warning: 'ends in the middle of the record at byte 359',
    packets: 1,
    reason: 'one byte stands behind the last packet; both read up to there',
  },
};
