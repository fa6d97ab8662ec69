/**
 * `ifconfig`, of net-tools now and before version 2 (and busybox).
 *
 *     vxlan0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1450
 *             inet 10.132.2.46  netmask 255.255.255.0  broadcast 0.0.0.0
 *             ether 7e:e5:f7:e6:f5:1a  txqueuelen 1000  (Ethernet)
 *
 *     vxlan0    Link encap:Ethernet  HWaddr 7E:E5:F7:E6:F5:1A
 *               inet addr:10.132.2.46  Bcast:0.0.0.0  Mask:255.255.255.0
 *               UP BROADCAST RUNNING MULTICAST  MTU:1450  Metric:1
 */
import { prefixLength, readAddress, readMac, readPrefix } from './address.ts';
import type { HostInterface } from './facts.ts';
import { unknownInterface } from './ip-addr.ts';
import { type Continuation, type LineParser, readNumber, wordAfter, wordsOf } from './piece.ts';

const NOW = /^(\S{1,64}): flags=\d+<([A-Z0-9_,-]*)>(\s.*)?$/;
const BEFORE = /^(\S{1,64})\s+Link encap:(.*)$/;
const COUNTERS = /^(RX|TX|collisions:|Interrupt:|device|Base address|Memory:|sit|txqueuelen)/;

export const readIfconfig: LineParser = (line, origin, facts) => {
  const now = NOW.exec(line);
  const before = BEFORE.exec(line);
  const name = (now ?? before)?.[1];
  if (name === undefined) return null;
  const entry = unknownInterface(origin.namespace, aliasless(name));
  if (now !== null) {
    entry.up = now[2]!.split(',').includes('UP');
    entry.mtu = readNumber(wordAfter(wordsOf(now[3] ?? ''), 'mtu'));
  } else {
    entry.mac = readMac(wordAfter(wordsOf(before![2]!), 'HWaddr') ?? '');
  }
  facts.addInterface(entry);
  return details(entry);
};

/** `eth0:1` is a second address of eth0. */
function aliasless(name: string): string {
  return name.replace(/:\d+$/, '');
}

function details(entry: HostInterface): Continuation {
  return (line) => {
    const words = wordsOf(line);
    const [first = '', second = ''] = words;
    if (first === 'inet' || first === 'inet6') return readInet(words, entry);
    if (first === 'ether') entry.mac = readMac(second);
    else if (first === 'loop') entry.mac = '00:00:00:00:00:00';
    else if (line.includes('MTU:')) {
      entry.up = words.includes('UP');
      entry.mtu = readNumber(/MTU:(\d+)/.exec(line)?.[1] ?? null);
    } else return COUNTERS.test(line) || /^(unspec|tunnel|sit|ppp)\b/.test(line);
    return true;
  };
}

function readInet(words: readonly string[], entry: HostInterface): boolean {
  const old = words[1]?.startsWith('addr:') ?? false;
  const printed = old ? words[1]!.slice('addr:'.length) || (words[2] ?? '') : (words[1] ?? '');
  const prefix = readPrefix(printed);
  if (prefix === null || readAddress(prefix.address) === null) return false;
  const mask = words.find((word) => word.startsWith('Mask:'))?.slice('Mask:'.length) ?? wordAfter(words, 'netmask');
  const length = prefixLength(mask ?? wordAfter(words, 'prefixlen') ?? '') ?? prefix.length;
  entry.addresses.push({ address: prefix.address, prefixLength: length });
  return true;
}
