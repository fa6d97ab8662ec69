/** Every header that is declared, where it stands in a frame, and what its fields are there. */
import { arp } from '../../src/wire/arp.ts';
import { dns } from '../../src/wire/dns.ts';
import { ethernet, llcSnap } from '../../src/wire/ethernet.ts';
import { geneve } from '../../src/wire/geneve.ts';
import { gre } from '../../src/wire/gre.ts';
import { icmp, icmpError } from '../../src/wire/icmp.ts';
import { icmpv6, icmpv6Error, neighborMessage, neighborOption } from '../../src/wire/icmpv6.ts';
import { ipv4 } from '../../src/wire/ipv4.ts';
import { ipv6, ipv6Extension, ipv6Fragment } from '../../src/wire/ipv6.ts';
import type { FieldReader } from '../../src/wire/layout.ts';
import { mpls } from '../../src/wire/mpls.ts';
import { sll } from '../../src/wire/sll.ts';
import { sll2 } from '../../src/wire/sll2.ts';
import { tcp } from '../../src/wire/tcp.ts';
import { udp } from '../../src/wire/udp.ts';
import { vlan } from '../../src/wire/vlan.ts';
import { vxlan } from '../../src/wire/vxlan.ts';
import type { FrameName } from './frames.ts';

/** A header as the tests handle it: readers by name, `size`, and `at` with every field. */
export type AnyHeader = Readonly<Record<string, unknown>> & {
  readonly size: number;
  readonly at: Readonly<Record<string, number>>;
};

/** The reader of a field; null for a field that is addressed and not read. */
export function readerOf(header: AnyHeader, field: string): FieldReader | null {
  return (header[field] as FieldReader | undefined) ?? null;
}

export interface HeaderCase {
  readonly name: string;
  readonly header: AnyHeader;
  readonly frame: FrameName;
  readonly at: number;
  /** Each field as a number, or as hexadecimal digits where it is addressed and not read. */
  readonly fields: Readonly<Record<string, number | string>>;
}

export const HEADERS: readonly HeaderCase[] = [
  {
    name: 'ethernet',
    header: ethernet,
    frame: 'vxlan',
    at: 50,
    fields: {
      destinationHigh: 0x0a58,
      destinationLow: 0x0a84022e,
      sourceHigh: 0x7ee5,
      sourceLow: 0xf7e6f51a - 2 ** 32,
      etherType: 0x0800,
    },
  },
  {
    name: 'llcSnap',
    header: llcSnap,
    frame: 'snap',
    at: 14,
    fields: { dsap: 0xaa, ssap: 0xaa, control: 3, oui: 0, etherType: 0x0800 },
  },
  { name: 'vlan', header: vlan, frame: 'qinq-tcp-syn', at: 14, fields: { tagControl: 0xe064, etherType: 0x8100 } },
  { name: 'vlan', header: vlan, frame: 'qinq-tcp-syn', at: 18, fields: { tagControl: 0x0ffe, etherType: 0x0800 } },
  { name: 'mpls', header: mpls, frame: 'mpls-dns', at: 14, fields: { labelExpBottom: 0x00010a, timeToLive: 63 } },
  { name: 'mpls', header: mpls, frame: 'mpls-dns', at: 18, fields: { labelExpBottom: 0xfffff1, timeToLive: 64 } },
  {
    name: 'ipv4',
    header: ipv4,
    frame: 'tcp-urgent',
    at: 14,
    fields: {
      versionIhl: 0x45,
      dscpEcn: 0xb9,
      totalLength: 51,
      identification: 0x1234,
      flagsFragmentOffset: 0x4000,
      timeToLive: 64,
      protocol: 6,
      headerChecksum: 0x13d4,
      source: 0x0a010002,
      destination: 0x0a010001,
    },
  },
  {
    name: 'ipv4',
    header: ipv4,
    frame: 'vxlan',
    at: 14,
    fields: {
      versionIhl: 0x45,
      dscpEcn: 0,
      totalLength: 89,
      identification: 0x1234,
      flagsFragmentOffset: 0x4000,
      timeToLive: 64,
      protocol: 17,
      headerChecksum: 0x91a3,
      source: 0xc0a80aa3 - 2 ** 32,
      destination: 0xc0a80ac9 - 2 ** 32,
    },
  },
  {
    name: 'ipv6',
    header: ipv6,
    frame: 'echo-reply-v6',
    at: 14,
    fields: {
      versionClassFlow: 0x60abcdef,
      payloadLength: 19,
      nextHeader: 58,
      hopLimit: 63,
      source: '20010db8000000000000000000000001',
      destination: '20010db8000000010000000000000002',
    },
  },
  { name: 'ipv6Extension', header: ipv6Extension, frame: 'fragment-v6', at: 54, fields: { nextHeader: 44, length: 0 } },
  {
    name: 'ipv6Fragment',
    header: ipv6Fragment,
    frame: 'fragment-v6',
    at: 62,
    fields: { nextHeader: 17, reserved: 0, offsetFlags: (185 << 3) | 1, identification: 0xdeadbeef - 2 ** 32 },
  },
  {
    name: 'udp',
    header: udp,
    frame: 'vxlan',
    at: 34,
    fields: { sourcePort: 0xd2f1, destinationPort: 4789, length: 69, checksum: 0xea96 },
  },
  {
    name: 'tcp',
    header: tcp,
    frame: 'qinq-tcp-syn',
    at: 42,
    fields: {
      sourcePort: 51000,
      destinationPort: 443,
      sequence: 0xf1234567 - 2 ** 32,
      acknowledgment: 0,
      dataOffset: 0xa0,
      flags: 0x02,
      window: 64240,
      checksum: 0x398b,
      urgentPointer: 0,
    },
  },
  {
    name: 'tcp',
    header: tcp,
    frame: 'tcp-urgent',
    at: 34,
    fields: {
      sourcePort: 443,
      destinationPort: 51000,
      sequence: -0x7fffffff,
      acknowledgment: 0xf1234568 - 2 ** 32,
      dataOffset: 0x50,
      flags: 0x38,
      window: 502,
      checksum: 0xf602,
      urgentPointer: 5,
    },
  },
  {
    name: 'icmp',
    header: icmp,
    frame: 'vxlan',
    at: 84,
    fields: { type: 8, code: 0, checksum: 0x13f0, identifier: 0xbeef, sequence: 0x0102 },
  },
  {
    name: 'icmpError',
    header: icmpError,
    frame: 'fragmentation-needed',
    at: 34,
    fields: { type: 3, code: 4, checksum: 0x0b79, unused: 0, nextHopMtu: 1450 },
  },
  {
    name: 'icmpv6',
    header: icmpv6,
    frame: 'echo-reply-v6',
    at: 54,
    fields: { type: 129, code: 0, checksum: 0xb41d, identifier: 0xcafe, sequence: 0x8001 },
  },
  {
    name: 'icmpv6Error',
    header: icmpv6Error,
    frame: 'packet-too-big',
    at: 54,
    fields: { type: 2, code: 0, checksum: 0x2adf, parameter: 1280 },
  },
  {
    name: 'neighborMessage',
    header: neighborMessage,
    frame: 'neighbor-advertisement',
    at: 54,
    fields: {
      type: 136,
      code: 0,
      checksum: 0x4860,
      flags: 0xe0000000 - 2 ** 32,
      target: 'fe800000000000007ce5f7fffee6f51a',
    },
  },
  {
    name: 'neighborOption',
    header: neighborOption,
    frame: 'neighbor-advertisement',
    at: 78,
    fields: { type: 2, length: 1 },
  },
  {
    name: 'arp',
    header: arp,
    frame: 'arp-reply',
    at: 14,
    fields: {
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
      operation: 2,
      senderHardwareHigh: 0x0a58,
      senderHardwareLow: 0x0a84022e,
      senderProtocol: 0x0a840202,
      targetHardwareHigh: 0x7ee5,
      targetHardwareLow: 0xf7e6f51a - 2 ** 32,
      targetProtocol: 0xc884022e - 2 ** 32,
    },
  },
  {
    name: 'vxlan',
    header: vxlan,
    frame: 'vxlan',
    at: 42,
    fields: { flags: 0x08, reserved1: 0, vni: 555005, reserved2: 0 },
  },
  {
    name: 'vxlan',
    header: vxlan,
    frame: 'vxlan-group-policy',
    at: 42,
    fields: { flags: 0x88, reserved1: 0x484321, vni: 0xfffffe, reserved2: 0x5a },
  },
  {
    name: 'geneve',
    header: geneve,
    frame: 'geneve',
    at: 42,
    fields: { versionOptionLength: 2, flags: 0x40, protocolType: 0x6558, vni: 0xabcdef, reserved: 0x11 },
  },
  { name: 'gre', header: gre, frame: 'gre-key', at: 34, fields: { flagsVersion: 0xb000, protocolType: 0x0800 } },
  {
    name: 'sll',
    header: sll,
    frame: 'sll',
    at: 0,
    fields: { packetType: 3, hardwareType: 1, addressLength: 6, address: '0a580a84022ea55a', protocol: 0x0800 },
  },
  {
    name: 'sll2',
    header: sll2,
    frame: 'sll2',
    at: 0,
    fields: {
      protocol: 0x86dd,
      reserved: 0,
      interfaceIndex: 0x01020304,
      hardwareType: 1,
      packetType: 4,
      addressLength: 6,
      address: '0a580a84022e0000',
    },
  },
  {
    name: 'dns',
    header: dns,
    frame: 'mpls-dns',
    at: 50,
    fields: { id: 0x1d5e, flags: 0x0100, questions: 1, answers: 0, authority: 0, additional: 0 },
  },
];
