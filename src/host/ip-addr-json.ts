/**
 * `ip -j addr` and `ip -j link`, with `-d`, `-s -s`, `-p` and `-br`.
 *
 *     [{"ifindex":3,"ifname":"vxlan0","flags":["BROADCAST","UP"],"mtu":1450,"link_type":"ether",
 *       "address":"7e:e5:f7:e6:f5:1a","linkinfo":{"info_kind":"vxlan","info_data":{"id":555005,
 *       "remote":"192.168.10.163","local":"192.168.10.201","link":"ens3","port":4789}},
 *       "addr_info":[{"family":"inet","local":"10.132.2.46","prefixlen":24}]}]
 */
import { readAddress, readMac } from './address.ts';
import type { FactCollection } from './collection.ts';
import type { HostInterface } from './facts.ts';
import { unknownInterface } from './ip-addr.ts';
import { upFromState } from './ip-brief.ts';
import { arrayField, isObject, type JsonObject, numberField, objectField, stringField } from './json-fields.ts';
import type { Origin } from './piece.ts';

/** Adds an interface; false when the object describes none. */
export function readInterfaceObject(object: JsonObject, origin: Origin, facts: FactCollection): boolean {
  const name = stringField(object, 'ifname');
  if (name === null || !('ifindex' in object || 'operstate' in object || 'addr_info' in object)) return false;
  const linkInfo = objectField(object, 'linkinfo');
  const entry = unknownInterface(origin.namespace, name);
  entry.index = numberField(object, 'ifindex');
  entry.mac = readMac(stringField(object, 'address') ?? '');
  entry.mtu = numberField(object, 'mtu');
  entry.master = stringField(object, 'master');
  entry.up = arrayField(object, 'flags')?.includes('UP') ?? upFromState(stringField(object, 'operstate') ?? '');
  entry.kind = linkInfo === null ? null : stringField(linkInfo, 'info_kind');
  const data = linkInfo === null ? null : objectField(linkInfo, 'info_data');
  if (entry.kind === 'vxlan' && data !== null) entry.vxlan = readVxlan(data);
  const received = objectField(objectField(object, 'stats64') ?? {}, 'rx') ?? {};
  entry.otherHostDropped = numberField(received, 'otherhost');
  for (const item of arrayField(object, 'addr_info') ?? []) {
    if (!isObject(item)) continue;
    const address = readAddress(stringField(item, 'local') ?? '');
    const prefixLength = numberField(item, 'prefixlen');
    if (address !== null && prefixLength !== null) entry.addresses.push({ address, prefixLength });
  }
  facts.addInterface(entry);
  return true;
}

function readVxlan(data: JsonObject): HostInterface['vxlan'] {
  const external = data['external'] === true;
  const vni = numberField(data, 'id');
  if (vni === null && !external) return null;
  const address = (key: string): string | null =>
    readAddress(stringField(data, key) ?? stringField(data, `${key}6`) ?? '');
  return {
    vni: vni ?? 0,
    port: numberField(data, 'port'),
    local: address('local'),
    remote: address('remote'),
    device: stringField(data, 'link'),
    group: address('group'),
    external,
  };
}
