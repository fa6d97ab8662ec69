/** The readers and the checksums against Wireshark, field by field, over the frames of the other tests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { formatIpv4, formatIpv6, formatMac } from '../../src/wire/address.ts';
import { FRAMES, type FrameName, frameView } from './frames.ts';
import { HEADERS, readerOf } from './headers.ts';

type Read = (field: string) => number;
type Text = (field: string) => string;

/** For each header, Wireshark's name of a field and the same value out of ours. */
const FIELDS: Record<string, Record<string, (read: Read, address: Text) => number | string>> = {
  ethernet: {
    'eth.dst': (read) => formatMac(read('destinationHigh'), read('destinationLow')),
    'eth.src': (read) => formatMac(read('sourceHigh'), read('sourceLow')),
    'eth.type': (read) => read('etherType'),
  },
  llcSnap: {
    'llc.dsap': (read) => read('dsap'),
    'llc.ssap': (read) => read('ssap'),
    'llc.oui': (read) => read('oui'),
    'llc.type': (read) => read('etherType'),
  },
  mpls: {
    'mpls.label': (read) => read('labelExpBottom') >> 4,
    'mpls.exp': (read) => (read('labelExpBottom') >> 1) & 7,
    'mpls.bottom': (read) => read('labelExpBottom') & 1,
    'mpls.ttl': (read) => read('timeToLive'),
  },
  ipv4: {
    'ip.version': (read) => read('versionIhl') >> 4,
    'ip.hdr_len': (read) => (read('versionIhl') & 15) * 4,
    'ip.dsfield': (read) => read('dscpEcn'),
    'ip.len': (read) => read('totalLength'),
    'ip.id': (read) => read('identification'),
    'ip.flags.df': (read) => (read('flagsFragmentOffset') >> 14) & 1,
    'ip.ttl': (read) => read('timeToLive'),
    'ip.proto': (read) => read('protocol'),
    'ip.checksum': (read) => read('headerChecksum'),
    'ip.src': (read) => formatIpv4(read('source')),
    'ip.dst': (read) => formatIpv4(read('destination')),
  },
  ipv6: {
    'ipv6.flow': (read) => read('versionClassFlow') & 0xfffff,
    'ipv6.tclass': (read) => (read('versionClassFlow') >> 20) & 0xff,
    'ipv6.plen': (read) => read('payloadLength'),
    'ipv6.nxt': (read) => read('nextHeader'),
    'ipv6.hlim': (read) => read('hopLimit'),
    'ipv6.src': (_, address) => address('source'),
    'ipv6.dst': (_, address) => address('destination'),
  },
  ipv6Fragment: {
    'ipv6.fraghdr.nxt': (read) => read('nextHeader'),
    'ipv6.fraghdr.offset': (read) => (read('offsetFlags') & 0xfff8) >> 3,
    'ipv6.fraghdr.more': (read) => read('offsetFlags') & 1,
    'ipv6.fraghdr.ident': (read) => read('identification') >>> 0,
  },
  udp: {
    'udp.srcport': (read) => read('sourcePort'),
    'udp.dstport': (read) => read('destinationPort'),
    'udp.length': (read) => read('length'),
    'udp.checksum': (read) => read('checksum'),
  },
  tcp: {
    'tcp.srcport': (read) => read('sourcePort'),
    'tcp.dstport': (read) => read('destinationPort'),
    'tcp.seq_raw': (read) => read('sequence') >>> 0,
    'tcp.ack_raw': (read) => read('acknowledgment') >>> 0,
    'tcp.hdr_len': (read) => (read('dataOffset') >> 4) * 4,
    'tcp.flags': (read) => read('flags'),
    'tcp.window_size_value': (read) => read('window'),
    'tcp.checksum': (read) => read('checksum'),
    'tcp.urgent_pointer': (read) => read('urgentPointer'),
  },
  icmp: {
    'icmp.type': (read) => read('type'),
    'icmp.code': (read) => read('code'),
    'icmp.checksum': (read) => read('checksum'),
    'icmp.ident': (read) => read('identifier'),
    'icmp.seq': (read) => read('sequence'),
  },
  icmpError: { 'icmp.type': (read) => read('type'), 'icmp.mtu': (read) => read('nextHopMtu') },
  icmpv6: {
    'icmpv6.type': (read) => read('type'),
    'icmpv6.checksum': (read) => read('checksum'),
    'icmpv6.echo.identifier': (read) => read('identifier'),
    'icmpv6.echo.sequence_number': (read) => read('sequence'),
  },
  icmpv6Error: { 'icmpv6.type': (read) => read('type'), 'icmpv6.mtu': (read) => read('parameter') },
  neighborMessage: {
    'icmpv6.type': (read) => read('type'),
    'icmpv6.nd.na.flag.r': (read) => read('flags') >>> 31,
    'icmpv6.nd.na.flag.s': (read) => (read('flags') >> 30) & 1,
    'icmpv6.nd.na.flag.o': (read) => (read('flags') >> 29) & 1,
    'icmpv6.nd.na.target_address': (_, address) => address('target'),
  },
  neighborOption: { 'icmpv6.opt.type': (read) => read('type'), 'icmpv6.opt.length': (read) => read('length') },
  arp: {
    'arp.hw.type': (read) => read('hardwareType'),
    'arp.proto.type': (read) => read('protocolType'),
    'arp.hw.size': (read) => read('hardwareLength'),
    'arp.proto.size': (read) => read('protocolLength'),
    'arp.opcode': (read) => read('operation'),
    'arp.src.hw_mac': (read) => formatMac(read('senderHardwareHigh'), read('senderHardwareLow')),
    'arp.src.proto_ipv4': (read) => formatIpv4(read('senderProtocol')),
    'arp.dst.hw_mac': (read) => formatMac(read('targetHardwareHigh'), read('targetHardwareLow')),
    'arp.dst.proto_ipv4': (read) => formatIpv4(read('targetProtocol')),
  },
  vxlan: {
    'vxlan.vni': (read) => read('vni'),
    'vxlan.flags': (read) => read('flags') * 256 + (read('reserved1') >> 16),
  },
  geneve: {
    'geneve.option.length': (read) => (read('versionOptionLength') & 0x3f) * 4,
    'geneve.flags': (read) => read('flags'),
    'geneve.proto_type': (read) => read('protocolType'),
    'geneve.vni': (read) => read('vni'),
  },
  gre: {
    'gre.flags_and_version': (read) => read('flagsVersion'),
    'gre.proto': (read) => read('protocolType'),
  },
  sll: {
    'sll.pkttype': (read) => read('packetType'),
    'sll.hatype': (read) => read('hardwareType'),
    'sll.halen': (read) => read('addressLength'),
    'sll.etype': (read) => read('protocol'),
  },
  sll2: {
    'sll.pkttype': (read) => read('packetType'),
    'sll.hatype': (read) => read('hardwareType'),
    'sll.halen': (read) => read('addressLength'),
    'sll.ifindex': (read) => read('interfaceIndex'),
    'sll.etype': (read) => read('protocol'),
  },
  dns: {
    'dns.id': (read) => read('id'),
    'dns.flags': (read) => read('flags'),
    'dns.count.queries': (read) => read('questions'),
    'dns.count.add_rr': (read) => read('additional'),
  },
};

const VALIDATED = ['ip', 'udp', 'tcp', 'icmp', 'icmpv6'];
const CHECK = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE'];
const ALL_FIELDS = [
  ...new Set(Object.values(FIELDS).flatMap((fields) => Object.keys(fields))),
  ...VALIDATED.map((protocol) => `${protocol}.checksum.status`),
];

/** What tshark prints for each field of each frame: all occurrences, outermost first. */
const seen = new Map<FrameName, Map<string, string[]>>();
const installed = spawnSync('tshark', ['--version']).status === 0;

beforeAll(() => {
  if (!installed) return;
  const directory = mkdtempSync(join(tmpdir(), 'vxtrace-wire-'));
  const names = Object.keys(FRAMES) as FrameName[];
  for (const linkType of new Set(names.map((name) => FRAMES[name].linkType))) {
    const same = names.filter((name) => FRAMES[name].linkType === linkType);
    const file = join(directory, `${linkType}.pcap`);
    writeFileSync(
      file,
      pcap(
        linkType,
        same.map((name) => Buffer.from(FRAMES[name].hex, 'hex')),
      ),
    );
    const print = ALL_FIELDS.flatMap((field) => ['-e', field]);
    const options = ['-n', '-d', 'udp.port==8472,vxlan', ...CHECK, '-T', 'fields', ...print, '-r', file];
    const output = execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    for (const [index, line] of output.trimEnd().split('\n').entries()) {
      const columns = line.split('\t').map((values) => (values === '' ? [] : values.split(',')));
      seen.set(same[index]!, new Map(ALL_FIELDS.map((field, column) => [field, columns[column] ?? []])));
    }
  }
  rmSync(directory, { recursive: true });
});

/** A capture in the classic format, little endian, all times zero. */
function pcap(linkType: number, frames: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(linkType, 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([header, ...records]);
}

test.skipIf(!installed).each(HEADERS.filter(({ name }) => name in FIELDS))(
  '$name in $frame at $at',
  ({ name, header, frame, at }) => {
    const view = frameView(frame);
    const nth = HEADERS.filter((other) => other.name === name && other.frame === frame).findIndex((o) => o.at === at);
    const read: Read = (field) => readerOf(header, field)!(view, at);
    const address: Text = (field) => formatIpv6(view, at + header.at[field]!);
    for (const [field, ours] of Object.entries(FIELDS[name]!).map(([f, value]) => [f, value(read, address)] as const)) {
      const occurrences = seen.get(frame)!.get(field)!;
      // An Ethernet header inside a tunnel is the last one, all others in the table come in their order.
      const theirs = name === 'ethernet' ? occurrences.at(-1) : occurrences[nth];
      expect(typeof ours === 'number' ? Number(theirs) : theirs, field).toBe(ours);
    }
  },
);

test.skipIf(!installed).each(Object.keys(FRAMES) as FrameName[])('%s: all checksums are right or absent', (frame) => {
  const GOOD = '1';
  const NOT_PRESENT = '3';
  const statuses = VALIDATED.flatMap((protocol) => seen.get(frame)!.get(`${protocol}.checksum.status`)!);
  expect(statuses.filter((status) => status !== GOOD)).toEqual(frame === 'vxlan-group-policy' ? [NOT_PRESENT] : []);
});
