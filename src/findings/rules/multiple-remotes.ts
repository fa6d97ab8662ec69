/**
 * One MAC with two remotes in a host's forwarding entries, or a VNI that a host joined to one remote end
 * alone and that another end uses, too. A VNI with many ends is no finding: meshes are made so.
 */
import type { ForwardingEntry, HostFacts } from '../../host/facts.ts';
import type { Case } from '../case.ts';
import { directionEvidence } from '../direction-index.ts';
import type { Finding } from '../finding.ts';
import { isGroup } from '../mac-verdict.ts';
import { inNamespace, shellWord } from '../shell.ts';
import { deviceName, vxlanDevices } from '../tunnel-device.ts';
import { listed } from '../wording.ts';

const MOST = 20;

export function multipleRemotes(subject: Case): Finding[] {
  const findings = subject.hosts.flatMap((facts) => [...sharedEntries(subject, facts), ...thirdEnds(subject, facts)]);
  return findings.slice(0, MOST);
}

/** Unicast MACs that a device sends to more than one remote. */
function sharedEntries(subject: Case, facts: HostFacts): Finding[] {
  const groups = new Map<string, ForwardingEntry[]>();
  for (const entry of facts.forwarding) {
    if (entry.remote === null || isGroup(entry.mac) || entry.mac === '00:00:00:00:00:00') continue;
    const key = `${entry.namespace} ${entry.device} ${entry.mac} ${entry.vni}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const [vantage] = subject.vantages;
  return [...groups.values()].flatMap((group) => {
    const remotes = [...new Set(group.map(({ remote }) => remote as string))].sort();
    if (remotes.length < 2) return [];
    const [{ mac, device, namespace }] = group;
    const vni = group[0].vni ?? facts.interfaces.find((own) => own.name === device)?.vxlan?.vni ?? null;
    const prefix = inNamespace(namespace);
    return [
      {
        code: 'multiple-remotes' as const,
        severity: 'warning' as const,
        confidence: 'certain' as const,
        title: `${device} on ${facts.host} sends frames for ${mac} to ${listed(remotes)}`,
        explanation:
          'Its forwarding entries name more than one remote for a MAC that one machine should have, so every frame is sent to each of them. One of them gets what is not meant for it, or the machine gets all of it twice.',
        subject: { host: facts.host, device, mac, vni, remotes: remotes.join(' ') },
        evidence:
          vantage === undefined
            ? []
            : [{ capture: vantage.label, frame: null, note: `forwarding entries that ${facts.host} printed` }],
        remedy: remotes.map((remote) => ({
          text: `If ${mac} is not behind ${remote}, take that entry away`,
          command: `${prefix}bridge fdb del ${mac} dev ${shellWord(device)} dst ${remote}`,
          host: facts.host,
        })),
        causes: [],
      },
    ];
  });
}

/** Devices with one fixed remote whose VNI is used by an end that is another. */
function thirdEnds(subject: Case, facts: HostFacts): Finding[] {
  return (vxlanDevices(facts) ?? []).flatMap((device) => {
    const { vni, remote } = device.vxlan;
    if (remote === null) return [];
    const incoming = subject.tunnels.filter(
      (tunnel) => tunnel.vni === vni && subject.owners.owns(facts.host, tunnel.destination),
    );
    if (!incoming.some(({ source }) => source === remote)) return [];
    const others = incoming.filter(({ source }) => source !== remote);
    if (others.length === 0) return [];
    const sources = [...new Set(others.map(({ source }) => source))].sort();
    return [
      {
        code: 'multiple-remotes' as const,
        severity: 'info' as const,
        confidence: 'certain' as const,
        title: `${deviceName(device, facts.host)} is joined to ${remote}, but ${listed(sources)} ${sources.length === 1 ? 'sends' : 'send'} in its VNI ${vni}, too`,
        explanation:
          'A device with one remote takes packets of its VNI from anyone, and learns MACs from them. If the tunnel is meant for two ends, the VNI is used twice.',
        subject: { host: facts.host, device: device.name, mac: null, vni, remotes: [remote, ...sources].join(' ') },
        evidence: others.slice(0, 4).map((tunnel) => directionEvidence(tunnel, `${tunnel.source} sends in VNI ${vni}`)),
        remedy: [{ text: 'Give each tunnel a VNI of its own', command: null, host: null }],
        causes: [],
      },
    ];
  });
}
