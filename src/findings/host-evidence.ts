/** What a host's own output says about packets that were lost inside it: firewall rules, remotes, redirects. */
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { FirewallRule, HostFacts, HostInterface } from '../host/facts.ts';
import { dropsPacket } from '../host/match.ts';
import type { Remedy } from './finding.ts';
import { inNamespace, shellWord } from './shell.ts';
import { deviceName, namespaceOf, type VxlanDevice, vxlanDevices } from './tunnel-device.ts';

/** Something a host said that explains a loss: in words, and what to do. */
export interface Explanation {
  text: string;
  remedy: Remedy;
  isCertain: boolean;
}

/** A firewall rule that drops the direction's outer packets on a host, by the hooks they pass; null for none. */
export function outerRule(
  facts: HostFacts,
  direction: Pick<TunnelDirection, 'source' | 'destination' | 'port'>,
  hooks: readonly string[],
): Explanation | null {
  const { source, destination, port } = direction;
  const namespaces = new Set([namespaceOf(facts, source), namespaceOf(facts, destination)]);
  const packet = { protocol: 'udp', source, destination, destinationPort: port, icmpType: null, inputInterface: null };
  const own = facts.firewall.filter(
    (rule) => namespaces.has(rule.namespace) && (rule.hook == null || hooks.includes(rule.hook)),
  );
  // `iptables -S` and `ip6tables -S` print alike; packets of the other version would not have vanished here.
  const family = source.includes(':') ? 'ip6' : 'ip';
  const certain = own.find(
    (rule) => dropsPacket(rule.family === 'unknown' ? { ...rule, family } : rule, packet) === true,
  );
  // A rule that asks for more than is known here is named only when it is about this very port.
  const rule = certain ?? own.find((one) => one.destinationPort === port && dropsPacket(one, packet) === null);
  if (rule === undefined) return null;
  const isCertain = rule === certain;
  return {
    text: `A firewall rule on ${facts.host} ${isCertain ? 'drops exactly these packets' : 'may drop these packets'}: ${rule.text}`,
    remedy: ruleRemedy(facts, rule, isCertain),
    isCertain,
  };
}

function ruleRemedy(facts: HostFacts, rule: FirewallRule, isCertain: boolean): Remedy {
  const prefix = inNamespace(rule.namespace);
  const command = /^-A /.test(rule.text)
    ? `${prefix}${rule.family === 'ip6' ? 'ip6tables' : 'iptables'}${tableOption(rule)} ${rule.text.replace(/^-A /, '-D ')}`
    : `${prefix}nft -a list chain ${nftFamily(rule)} ${rule.table ?? 'filter'} ${rule.chain}`;
  return {
    text: `${isCertain ? 'Take' : 'If it is what drops them, take'} the rule of chain ${rule.chain} away, or let the tunnel's packets pass before it`,
    command,
    host: facts.host,
  };
}

function tableOption({ table }: FirewallRule): string {
  return table == null || table === 'filter' ? '' : ` -t ${shellWord(table)}`;
}

function nftFamily({ family }: FirewallRule): string {
  return family === 'unknown' ? 'inet' : family;
}

/** The sender's device for a VNI leads to another address than the other end's; null when it does not, or nobody says. */
export function wrongRemote(facts: HostFacts, vni: number, otherEnd: string): Explanation | null {
  const devices = vxlanDevices(facts)?.filter(({ vxlan }) => vxlan.vni === vni) ?? [];
  if (devices.length !== 1) return null;
  const [device] = devices;
  const { remote } = device.vxlan;
  const entries = facts.forwarding.filter(
    (entry) => entry.device === device.name && entry.namespace === device.namespace,
  );
  const known = entries.some((entry) => entry.remote === otherEnd);
  if (remote === null || remote === otherEnd || known) return null;
  return {
    text: `${deviceName(device, facts.host)} leads to ${remote}, and the other end of VNI ${vni} is ${otherEnd}.`,
    remedy: {
      text: `Lead ${deviceName(device, facts.host)} to ${otherEnd}`,
      command: `${inNamespace(device.namespace)}ip link set dev ${shellWord(device.name)} type vxlan remote ${otherEnd}`,
      host: facts.host,
    },
    isCertain: true,
  };
}

/** The sender's device for a VNI has no remote, no group and no forwarding entry; null when it has, or nobody says. */
export function missingRemote(facts: HostFacts, vni: number, otherEnd: string | null): Explanation | null {
  const devices = vxlanDevices(facts)?.filter(({ vxlan }) => vxlan.vni === vni) ?? [];
  if (devices.length !== 1) return null;
  const [device] = devices;
  const { remote, group } = device.vxlan;
  const entries = facts.forwarding.filter(
    (entry) => entry.device === device.name && entry.namespace === device.namespace,
  );
  if (remote !== null || group != null || entries.some((entry) => entry.remote !== null)) return null;
  const where = otherEnd ?? '<address of the other end>';
  return {
    text: `${deviceName(device, facts.host)} has VNI ${vni}, and neither a remote nor a forwarding entry, so it has nowhere to send to.`,
    remedy: {
      text: `Give ${deviceName(device, facts.host)} its other end`,
      command: `${inNamespace(device.namespace)}bridge fdb append 00:00:00:00:00:00 dev ${shellWord(device.name)} dst ${where}`,
      host: facts.host,
    },
    isCertain: true,
  };
}

/**
 * The receiver's device for a VNI has no address and is in no bridge, packets are redirected into it, and
 * nothing redirects what comes out of it; null when that is not so, or nobody says.
 */
export function missingRedirect(facts: HostFacts, vni: number): Explanation | null {
  const device = (vxlanDevices(facts) ?? []).find(({ vxlan }) => vxlan.vni === vni);
  if (
    device === undefined ||
    device.master !== null ||
    device.addresses.some(({ address }) => !address.startsWith('fe80:'))
  ) {
    return null;
  }
  const own = facts.redirects.filter(({ namespace }) => namespace === device.namespace);
  const into = own.filter(({ target, direction }) => target === device.name && direction === 'egress');
  const out = own.filter(
    (redirect) => !into.includes(redirect) && (redirect.device === null || redirect.device === device.name),
  );
  if (into.length === 0 || out.length > 0) return null;
  const target =
    into.find((redirect) => redirect.device !== null)?.device ?? onlyOther(facts, device)?.name ?? '<interface>';
  const prefix = inNamespace(device.namespace);
  const name = shellWord(device.name);
  return {
    text: `${deviceName(device, facts.host)} has no address and is in no bridge, and no tc filter redirects what it receives, so nothing takes the inner frames.`,
    remedy: {
      text: `Redirect what ${deviceName(device, facts.host)} receives to ${target}`,
      command:
        `${prefix}tc qdisc replace dev ${name} ingress && ` +
        `${prefix}tc filter add dev ${name} parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev ${target}`,
      host: facts.host,
    },
    isCertain: true,
  };
}

/** The only other interface in the device's namespace. */
function onlyOther(facts: HostFacts, device: VxlanDevice): HostInterface | null {
  const others = facts.interfaces.filter(
    ({ namespace, name }) => namespace === device.namespace && name !== device.name && name !== 'lo',
  );
  return others.length === 1 ? others[0] : null;
}
