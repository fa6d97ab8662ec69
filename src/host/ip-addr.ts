/**
 * `ip addr` and `ip link`, with `-d`, `-s`, `-s -s` and `-o`.
 *
 *     3: vxlan0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master br0 state UNKNOWN
 *         link/ether 7e:e5:f7:e6:f5:1a brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0
 *         vxlan id 555005 remote 192.168.10.163 local 192.168.10.201 dev ens3 dstport 4789
 *         inet 10.132.2.46/24 scope global vxlan0
 *
 * With `-o` an interface is one line in which `\` stands for the line breaks (the dispatcher has put
 * them back), and `ip -o addr` prints one line for each address: `3: vxlan0    inet 10.132.2.46/24 …`.
 */
import { readAddress, readMac, readPrefix } from './address.ts';
import type { HostInterface } from './facts.ts';
import { type Continuation, type LineParser, readNumber, wordAfter, wordsOf } from './piece.ts';

const HEADING = /^(\d{1,10}):\s+(\S{1,64}):\s+<([A-Z0-9_,-]*)>(\s|$)/;
const ONE_LINE_ADDRESS = /^(\d{1,10}):\s+(\S{1,64})\s+(inet6?\s.*)$/;
const LINK_TYPE = /^link\/\S+/;
const ATTRIBUTES = /^(valid_lft|preferred_lft|altname|alias|vf|prog|parentbus|parentdev|permaddr|RX|TX)\b/;
/** Lines that a device of many details (bridge port, macsec) may take. */
const KIND_LINES = 4;
const COUNTERS = /^[0-9.]+[A-Za-z]{0,2}(\s+[0-9.]+[A-Za-z]{0,2})*$/;

/** An interface of which nothing is known but its name. */
export function unknownInterface(namespace: string | null, name: string): HostInterface {
  return {
    name,
    index: null,
    namespace,
    mac: null,
    addresses: [],
    mtu: null,
    up: null,
    master: null,
    kind: null,
    vxlan: null,
    otherHostDropped: null,
  };
}

/** The interface's own name in `vxlan0@if2` and `eth0.5@eth0`. */
export function ownName(printed: string): string {
  const at = printed.indexOf('@');
  return at > 0 ? printed.slice(0, at) : printed;
}

export const readIpAddr: LineParser = (line, origin, facts) => {
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const entry = unknownInterface(origin.namespace, ownName(heading[2]!));
    const words = wordsOf(line.slice(heading[0].length));
    entry.index = Number(heading[1]);
    entry.up = heading[3]!.split(',').includes('UP');
    entry.mtu = readNumber(wordAfter(words, 'mtu'));
    entry.master = wordAfter(words, 'master');
    facts.addInterface(entry);
    return details(entry);
  }
  const address = ONE_LINE_ADDRESS.exec(line);
  if (address === null) return null;
  const entry = unknownInterface(origin.namespace, ownName(address[2]!));
  entry.index = Number(address[1]);
  if (!readInetLine(wordsOf(address[3]!), entry)) return null;
  facts.addInterface(entry);
  return details(entry);
};

/** The lines below an interface's heading. */
function details(entry: HostInterface): Continuation {
  // With -d, lines about the kind of device follow link/…; `numtxqueues` stands at the end of them all.
  let kindLines = 0;
  let counters: string[] = [];
  return (line) => {
    const words = wordsOf(line);
    const first = words[0] ?? '';
    if (LINK_TYPE.test(first)) {
      entry.mac = readMac(words[1] ?? '');
      kindLines = words.includes('promiscuity') && !words.includes('numtxqueues') ? KIND_LINES : 0;
      return true;
    }
    if (first === 'inet' || first === 'inet6') return readInetLine(words, entry);
    if (COUNTERS.test(line)) {
      const column = counters.indexOf('otherhost');
      if (column >= 0) entry.otherHostDropped = readNumber(words[column] ?? null);
      counters = [];
      return true;
    }
    if (ATTRIBUTES.test(line)) {
      if (/^RX(:| errors:)/.test(line)) counters = words.slice(first === 'RX' ? 2 : 1);
      return true;
    }
    if (kindLines === 0 || !/^[a-z][a-z0-9_-]*$/.test(first)) return false;
    if (kindLines === KIND_LINES && !first.endsWith('_slave')) {
      entry.kind = first;
      if (first === 'vxlan') entry.vxlan = readVxlanLine(words);
    }
    kindLines = words.includes('numtxqueues') ? 0 : kindLines - 1;
    return true;
  };
}

/** `inet 10.132.2.46/24 brd … scope global vxlan0`, and `inet 10.0.0.1 peer 10.0.0.2/32`, where the prefix is the peer's. */
function readInetLine(words: readonly string[], entry: HostInterface): boolean {
  const own = readPrefix(words[1] ?? '');
  if (own === null) return false;
  const peer = words[2] === 'peer' ? readPrefix(words[3] ?? '') : null;
  entry.addresses.push({ address: own.address, prefixLength: peer?.length ?? own.length });
  return true;
}

/** `vxlan id 555005 remote 192.168.10.163 local 192.168.10.201 dev ens3 srcport 0 0 dstport 4789 …` */
function readVxlanLine(words: readonly string[]): HostInterface['vxlan'] {
  const external = words.includes('external');
  const vni = readNumber(wordAfter(words, 'id'));
  if (vni === null && !external) return null;
  const address = (keyword: string): string | null => readAddress(wordAfter(words, keyword) ?? '');
  return {
    vni: vni ?? 0,
    port: readNumber(wordAfter(words, 'dstport')),
    local: address('local'),
    remote: address('remote'),
    device: wordAfter(words, 'dev'),
    group: address('group'),
    external,
  };
}
