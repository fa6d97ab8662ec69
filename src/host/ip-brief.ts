/**
 * `ip -br addr` and `ip -br link`: one line an interface.
 *
 *     vxlan0           UNKNOWN        10.132.2.46/24 fe80::7ce5:f7ff:fee6:f51a/64
 *     vxlan0           UNKNOWN        7e:e5:f7:e6:f5:1a <BROADCAST,MULTICAST,UP,LOWER_UP>
 */
import { readMac, readPrefix } from './address.ts';
import { ownName, unknownInterface } from './ip-addr.ts';
import { complete, type LineParser, wordsOf } from './piece.ts';

const OPERATIONAL_STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'];

/**
 * What an operational state (RFC 2863) says of the administrative one. An interface that is down by
 * order is always DOWN, but so is one without a carrier.
 */
export function upFromState(state: string): boolean | null {
  if (state === 'DOWN' || state === 'NOTPRESENT') return null;
  return OPERATIONAL_STATES.includes(state) ? true : null;
}

export const readIpBrief: LineParser = (line, origin, facts) => {
  const [name, state, ...rest] = wordsOf(line);
  if (name === undefined || state === undefined || !OPERATIONAL_STATES.includes(state)) return null;
  const entry = unknownInterface(origin.namespace, ownName(name));
  entry.up = upFromState(state);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    const prefix = readPrefix(word);
    const mac = readMac(word);
    if (prefix !== null) {
      const peer = rest[at + 1] === 'peer' ? readPrefix(rest[at + 2] ?? '') : null;
      entry.addresses.push({ address: prefix.address, prefixLength: peer?.length ?? prefix.length });
      if (peer !== null) at += 2;
    } else if (mac !== null) entry.mac = mac;
    else if (/^<[A-Z0-9_,-]*>$/.test(word)) entry.up = word.slice(1, -1).split(',').includes('UP');
    else if (word === 'metric') at++;
    else return null;
  }
  facts.addInterface(entry);
  return complete;
};
