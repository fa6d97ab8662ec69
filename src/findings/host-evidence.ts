/** What a host's own output says about packets that were lost inside it: firewall rules, remotes, redirects. */
import type { TunnelDirection } from '../flow/tunnel-direction.ts';
import type { FirewallRule, HostFacts, HostInterface } from '../host/facts.ts';
import type { Remedy } from './finding.ts';
import {
  acceptance,
  deletion,
  INCOMING,
  isNarrow,
  isOfIptables,
  type MetRule,
  metRule,
  nftFamily,
  OUTGOING,
} from './firewall.ts';
import { inNamespace, shellWord } from './shell.ts';
import { carries, deviceName, type VxlanDevice, vxlanDevices } from './tunnel-device.ts';

/** Something a host said that explains a loss: in words, and what to do. */
export interface Explanation {
  text: string;
  remedy: Remedy;
  isCertain: boolean;
}

/**
 * A firewall rule of a host that drops the direction's outer packets as they come in, or as they leave; null for none.
 * `device` is the interface at which incoming ones were seen, where it is known.
 */
export function outerRule(
  facts: HostFacts,
  direction: Pick<TunnelDirection, 'source' | 'destination' | 'port'>,
  way: 'incoming' | 'outgoing',
  device: string | null = null,
): Explanation | null {
  const { source, destination, port } = direction;
  const end = facts.interfaces.find((own) => carries(own, way === 'incoming' ? destination : source));
  const inputInterface = end !== undefined && end.name === device && end.master === null ? device : null;
  const packet = { protocol: 'udp', source, destination, destinationPort: port, icmpType: null, inputInterface };
  // `iptables -S` and `ip6tables -S` print alike; packets of the other version would not have vanished here.
  const family = source.includes(':') ? 'ip6' : 'ip';
  const firewall = facts.firewall.some((rule) => rule.family === 'unknown')
    ? facts.firewall.map((rule): FirewallRule => (rule.family === 'unknown' ? { ...rule, family } : rule))
    : facts.firewall;
  const hooks = way === 'incoming' ? INCOMING : OUTGOING;
  const met = metRule({ ...facts, firewall }, packet, end?.namespace ?? null, hooks);
  if (met === null) return null;
  const { rule, isCertain } = met;
  const exactly = isNarrow(met) ? 'drops exactly these packets' : 'drops these packets';
  return {
    text: `A firewall rule on ${facts.host} ${isCertain ? exactly : 'may drop these packets'}: ${rule.text}`,
    remedy: ruleRemedy(facts, met),
    isCertain,
  };
}

function ruleRemedy(facts: HostFacts, met: MetRule): Remedy {
  const { rule, isCertain } = met;
  const { host } = facts;
  if (!isNarrow(met)) {
    const place = rule.policy ? `the policy of chain ${rule.chain}` : `the rule of chain ${rule.chain}`;
    const text = `${isCertain ? 'Let' : 'If it is what drops them, let'} the tunnel's packets pass before ${place}, which is about others, too`;
    return { text, command: acceptance(met), host };
  }
  const chain = `${nftFamily(rule)} ${shellWord(rule.table ?? 'filter')} ${shellWord(rule.chain)}`;
  return {
    text: `${isCertain ? 'Take' : 'If it is what drops them, take'} the rule of chain ${rule.chain} away, or let the tunnel's packets pass before it`,
    command: isOfIptables(rule) ? deletion(rule) : `${inNamespace(rule.namespace)}nft -a list chain ${chain}`,
    host,
  };
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
