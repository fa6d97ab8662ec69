/**
 * `bridge fdb`, text and JSON, with `-d` and `-s`.
 *
 *     0a:58:0a:84:02:2e dev vxlan0 dst 192.168.10.164 port 4799 vni 88 via ens3 self permanent
 *     [{"mac":"0a:58:0a:84:02:2e","ifname":"vxlan0","dst":"192.168.10.164","flags":["self"],"state":"permanent"}]
 *
 * `bridge fdb show dev X` leaves the device out; it is taken from the echoed command, and an entry that
 * no device is known for is not used.
 */
import { readAddress, readMac } from './address.ts';
import type { FactCollection } from './collection.ts';
import { type JsonObject, numberField, stringField, stringsField } from './json-fields.ts';
import { complete, type LineParser, type Origin, readNumber, wordAfter, wordsOf } from './piece.ts';

const FLAGS = new Set([
  'self',
  'permanent',
  'static',
  'stale',
  'router',
  'extern_learn',
  'offload',
  'sticky',
  'locked',
  'added_by_user',
]);
const ATTRIBUTES = ['dev', 'dst', 'vlan', 'master', 'self', 'permanent', 'static', 'nhid', 'vni', 'src_vni', 'used'];

export const readBridgeFdb: LineParser = (line, origin, facts) => {
  const words = wordsOf(line);
  const mac = readMac(words[0] ?? '');
  const device = wordAfter(words, 'dev', 1) ?? origin.device;
  if (mac === null || device === null || !ATTRIBUTES.includes(words[1] ?? '')) return null;
  facts.addForwarding({
    namespace: origin.namespace,
    mac,
    device,
    remote: readAddress(wordAfter(words, 'dst', 1) ?? ''),
    vni: readNumber(wordAfter(words, 'vni', 1)),
    port: readNumber(wordAfter(words, 'port', 1)),
    flags: words.filter((word) => FLAGS.has(word)).sort(),
  });
  return complete;
};

/** Adds an entry of the forwarding table; false when the object describes none. */
export function readForwardingObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  const mac = readMac(stringField(object, 'mac') ?? '');
  const device = stringField(object, 'ifname') ?? origin.device;
  if (mac === null || device === null) return false;
  const flags = [...stringsField(object, 'flags'), stringField(object, 'state') ?? ''];
  facts.addForwarding({
    namespace: origin.namespace,
    mac,
    device,
    remote: readAddress(stringField(object, 'dst') ?? ''),
    vni: numberField(object, 'vni'),
    port: numberField(object, 'port'),
    flags: flags.filter((flag) => FLAGS.has(flag)).sort(),
  });
  return true;
}
