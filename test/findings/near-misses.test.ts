/** Cases that differ from a fault in the one thing that makes it a fault, and cases that lack the proof. */
import { describe, expect, test } from 'vitest';
import type { Case } from '../../src/findings/case.ts';
import { Double } from '../../src/flow/flow-table.ts';
import { LinkView } from '../../src/flow/link.ts';
import type { TunnelDirection } from '../../src/flow/tunnel-direction.ts';
import type { HostFacts, HostInterface } from '../../src/host/facts.ts';
import { changed, flowWith, found, noHosts, shippedCase } from './shipped-case.ts';

function vxlan(hosts: readonly HostFacts[], host: string): HostInterface & { vxlan: object } {
  const own = hosts.find((facts) => facts.host === host)?.interfaces.find((candidate) => candidate.vxlan !== null);
  return own as HostInterface & { vxlan: NonNullable<HostInterface['vxlan']> };
}

function answered(subject: Case): Case {
  const flows = subject.flows.map((flow) => flowWith(flow, { answered: flow.requests, unanswered: 0, losses: [] }));
  return changed(subject, { flows });
}

function withTunnels(subject: Case, change: (tunnel: TunnelDirection) => Partial<TunnelDirection>): Case {
  return changed(subject, { tunnels: subject.tunnels.map((tunnel) => ({ ...tunnel, ...change(tunnel) })) });
}

describe('vni-mismatch', () => {
  test('is known from the packets of both ends alone', async () => {
    const { subject } = await shippedCase('vni-mismatch', { hosts: noHosts });
    const [finding] = found(subject, 'vni-mismatch');
    expect(finding.confidence).toBe('certain');
    expect(finding.subject.source).toBe('packets');
    expect(finding.remedy.map(({ command }) => command)).toEqual([
      'ip -d link show type vxlan',
      'ip -d link show type vxlan',
    ]);
  });

  test('names the command that makes the device again', async () => {
    const { subject } = await shippedCase('vni-mismatch-one-way');
    expect(found(subject, 'vni-mismatch')[0].remedy[0].command).toBe(
      'ip netns exec podns ip link del dev vxlan0 && ' +
        'ip link add vxlan0 type vxlan id 555005 remote 192.168.10.163 dstport 4789 && ' +
        'ip link set dev vxlan0 netns podns && ' +
        'ip netns exec podns ip link set dev vxlan0 address 0a:58:0a:84:02:2e mtu 1400 up && ' +
        'ip netns exec podns ip addr add 10.132.2.46/23 dev vxlan0',
    );
  });

  test('needs the host to be said when one end is silent', async () => {
    const { subject } = await shippedCase('vni-mismatch-one-way', { hosts: noHosts });
    expect(found(subject, 'vni-mismatch')).toEqual([]);
  });

  test('is none when the receiver has a second device with the right VNI, or one that takes any', async () => {
    const { subject } = await shippedCase('vni-mismatch-one-way');
    const other = { ...vxlan(subject.hosts, 'podvm'), name: 'vxlan7', addresses: [] };
    const add = (parts: object): readonly HostFacts[] =>
      subject.hosts.map((facts) =>
        facts.host === 'podvm'
          ? {
              ...facts,
              interfaces: [...facts.interfaces, { ...other, vxlan: { ...other.vxlan, ...parts } } as HostInterface],
            }
          : facts,
      );
    expect(found(changed(subject, { hosts: add({ vni: 555005 }) }), 'vni-mismatch')).toEqual([]);
    expect(found(changed(subject, { hosts: add({ vni: 0, external: true }) }), 'vni-mismatch')).toEqual([]);
    expect(found(changed(subject, { hosts: add({ vni: 9 }) }), 'vni-mismatch')).toHaveLength(1);
  });

  test('is none when what goes in two VNIs is answered', async () => {
    const { subject } = await shippedCase('vni-mismatch');
    expect(found(answered(subject), 'vni-mismatch')).toEqual([]);
  });

  test('is none when packets are lost on the underlay', async () => {
    const { subject } = await shippedCase('underlay-drop');
    expect(found(subject, 'vni-mismatch')).toEqual([]);
  });
});

describe('vxlan-port-mismatch', () => {
  test('is known from both directions alone, and from port unreachable alone', async () => {
    const silent = await shippedCase('vxlan-port-mismatch-silent', { hosts: noHosts });
    expect(found(silent.subject, 'vxlan-port-mismatch')).toMatchObject([
      { confidence: 'likely', subject: { senderPort: 4789, receiverPort: 8472 } },
    ]);
    const told = await shippedCase('vxlan-port-mismatch', { hosts: noHosts });
    expect(found(told.subject, 'vxlan-port-mismatch')).toMatchObject([
      { confidence: 'certain', subject: { senderPort: 4789, receiverPort: null, portUnreachable: true } },
    ]);
  });

  test('is none when somebody else sends the error, or it is about another port', async () => {
    for (const parts of [{ from: '192.0.2.1' }, { quotedDestinationPort: 53 }, { quotedVni: 7 }]) {
      const { subject } = await shippedCase('vxlan-port-mismatch', { hosts: noHosts });
      for (const { observations } of subject.vantages) {
        for (const error of observations.errors.errors) Object.assign(error, parts);
      }
      expect(found(subject, 'vxlan-port-mismatch')).toEqual([]);
    }
  });

  test('is none when the two ports are answered', async () => {
    const { subject } = await shippedCase('vxlan-port-mismatch-silent');
    expect(found(answered(subject), 'vxlan-port-mismatch')).toEqual([]);
  });
});

describe('bad-outer-checksum', () => {
  const wrong = { none: 0, right: 4, wrong: 6, offloaded: 0, firstWrongFrame: 1 };

  test('is none at the sender, nor where nothing tells which end it is', async () => {
    const only = (label: string) => label === 'worker-ens3';
    const { subject } = await shippedCase('bad-outer-checksum', { captures: only });
    const spoilt = withTunnels(subject, () => ({ checksums: wrong }));
    expect(found(spoilt, 'bad-outer-checksum').map((finding) => finding.subject.sender)).not.toContain(
      '192.168.10.163',
    );
    const nobody = await shippedCase('bad-outer-checksum', { captures: only, hosts: noHosts });
    expect(
      found(
        withTunnels(nobody.subject, () => ({ checksums: wrong })),
        'bad-outer-checksum',
      ),
    ).toEqual([]);
  });

  test('is none when they are wrong all the way and everything is delivered', async () => {
    const { subject } = await shippedCase('checksum-offload');
    expect(
      found(
        withTunnels(subject, () => ({ checksums: wrong })),
        'bad-outer-checksum',
      ),
    ).toEqual([]);
  });

  test('is certain when they were right before, even if nothing that was followed is lost', async () => {
    const { subject } = await shippedCase('peer-pods-fixed');
    const spoilt = withTunnels(subject, ({ vantage, source }) =>
      vantage.label === 'podvm-ens2' && source === '192.168.10.163' ? { checksums: wrong } : {},
    );
    expect(found(spoilt, 'bad-outer-checksum')).toMatchObject([
      { confidence: 'certain', subject: { wrong: 6, lost: 0 } },
    ]);
  });

  test('is known from one end by the frames that vanish behind it', async () => {
    const { subject } = await shippedCase('bad-outer-checksum', {
      captures: (label) => label.startsWith('podvm'),
      isNamed: true,
      hosts: noHosts,
    });
    expect(found(subject, 'bad-outer-checksum')).toMatchObject([{ confidence: 'certain', subject: { lost: 3 } }]);
  });

  test('is none where one underlay may stand at either end', async () => {
    const { subject } = await shippedCase('bad-outer-checksum', {
      captures: (label) => label.startsWith('podvm'),
      hosts: noHosts,
    });
    expect(found(subject, 'bad-outer-checksum')).toEqual([]);
  });

  test('is not blamed for losses of other frames', async () => {
    const { subject } = await shippedCase('bad-outer-checksum', {
      captures: (label) => label.startsWith('podvm'),
      isNamed: true,
      hosts: noHosts,
    });
    const [tunnel] = subject.tunnels.filter(({ checksums }) => checksums.wrong > 0);
    const other = withTunnels(subject, ({ checksums }) =>
      checksums.wrong > 0 ? { checksums: { ...tunnel.checksums, firstWrongFrame: 1 } } : {},
    );
    expect(found(other, 'bad-outer-checksum')).toEqual([]);
  });
});

describe('reserved-bits', () => {
  test('is none when packets with them are delivered', async () => {
    const { subject } = await shippedCase('group-policy');
    expect(subject.tunnels.some(({ oddHeaders }) => oddHeaders.count > 0)).toBe(true);
    expect(found(subject, 'reserved-bits')).toEqual([]);
  });

  test('is none when more is lost than has them', async () => {
    const { subject } = await shippedCase('reserved-bits');
    const fewer = withTunnels(subject, ({ oddHeaders }) =>
      oddHeaders.count > 0 ? { oddHeaders: { ...oddHeaders, count: 4 } } : {},
    );
    expect(found(fewer, 'reserved-bits')).toEqual([]);
  });

  test.each([
    [0x88, 'group policy bits (GBP)'],
    [0x0c, 'generic protocol extension bits (GPE)'],
    [0x48, 'reserved bits'],
  ])('flags %i are called %s', async (flags, name) => {
    const { subject } = await shippedCase('reserved-bits');
    const other = withTunnels(subject, ({ oddHeaders }) => ({ oddHeaders: { ...oddHeaders, flags } }));
    expect(found(other, 'reserved-bits')[0].title).toContain(`carry ${name}, which`);
  });
});

describe('mtu-black-hole', () => {
  test('is none when as large a packet passed', async () => {
    const { subject } = await shippedCase('mtu-too-large');
    const flows = subject.flows.map((flow) =>
      flow.unanswered > 0 ? flowWith(flow, { losses: flow.losses.map((loss) => ({ ...loss, smallest: 84 })) }) : flow,
    );
    expect(found(changed(subject, { flows }), 'mtu-black-hole')).toEqual([]);
  });

  test('is none when nothing passed at all', async () => {
    const { subject } = await shippedCase('mtu-too-large');
    const flows = subject.flows.filter((flow) => flow.unanswered > 0);
    expect(found(changed(subject, { flows }), 'mtu-black-hole')).toEqual([]);
  });

  test('gives the MTU for IPv6 underlays from the larger overhead', async () => {
    const { subject } = await shippedCase('mtu-icmp');
    const wider = withTunnels(subject, () => ({ ipVersion: 6 }));
    expect(found(wider, 'mtu-black-hole')).toMatchObject([{ subject: { underlayMtu: 1400, mtu: 1330 } }]);
  });

  test('is told by an ICMP error about a tunnel packet without any lost request', async () => {
    const { subject } = await shippedCase('mtu-icmp');
    const flows = subject.flows.filter((flow) => flow.unanswered === 0);
    expect(found(changed(subject, { flows }), 'mtu-black-hole')).toMatchObject([
      { severity: 'error', subject: { underlayMtu: 1400, mtu: 1350, largestPassed: null } },
    ]);
  });

  test('fragments that never complete, without any lost request, are a warning', async () => {
    const { subject } = await shippedCase('mtu-black-hole');
    const flows = subject.flows.filter((flow) => flow.unanswered === 0);
    expect(found(changed(subject, { flows }), 'mtu-black-hole')).toMatchObject([{ severity: 'warning' }]);
  });

  test('fills in the commands from the hosts', async () => {
    const { subject } = await shippedCase('mtu-icmp');
    const commands = found(subject, 'mtu-black-hole')[0].remedy.map(({ command }) => command);
    expect(commands).toContain('ip netns exec podns ip link set dev vxlan0 mtu 1350');
    expect(commands).toContain('ip link set dev ovn-k8s-mp0 mtu 1350');
  });
});

describe('asymmetric-endpoints', () => {
  test('is none when both directions of the inner traffic go the same way, as from a mirror', async () => {
    const { subject } = await shippedCase('asymmetric-endpoints');
    const mirrored = withTunnels(subject, ({ source }) =>
      source === '192.168.10.202' ? { source: '192.168.10.163', destination: '192.168.10.201' } : {},
    );
    expect(found(mirrored, 'asymmetric-endpoints')).toEqual([]);
  });

  test('is none when requests go to the replying end, too', async () => {
    const { subject } = await shippedCase('asymmetric-endpoints');
    const [tunnel] = subject.tunnels.filter(({ destination }) => destination === '192.168.10.201');
    const tunnels = [...subject.tunnels, { ...tunnel, destination: '192.168.10.202' }];
    expect(found(changed(subject, { tunnels }), 'asymmetric-endpoints')).toEqual([]);
  });
});

describe('mac-flapping', () => {
  test('is none when the MAC moved once', async () => {
    const { subject } = await shippedCase('cloned-pod');
    for (const flow of subject.flows) {
      for (const sighting of flow.sightings) {
        const { flows, tunnels } = sighting.vantage.observations;
        const { requestTunnel } = new LinkView(sighting);
        if (requestTunnel < 0) continue;
        const directions = subject.tunnels.filter(({ vantage }) => vantage === sighting.vantage);
        expect(directions).toHaveLength(tunnels.count);
        const isSecond = directions[requestTunnel].source === '192.168.10.202';
        flows.select(sighting.flow);
        flows.doubles[flows.double + Double.FirstTime] = isSecond ? 10e9 : 0;
        flows.doubles[flows.double + Double.LastTime] = isSecond ? 12e9 : 2e9;
      }
    }
    expect(found(subject, 'mac-flapping')).toEqual([]);
  });

  test('is none for the MAC of a gateway, which stands for addresses that are not its own', async () => {
    const { subject } = await shippedCase('cloned-pod');
    const flows = subject.flows.map((flow) =>
      flow.identifier === 18
        ? flowWith(flow, { source: '10.132.9.9' })
        : flow.identifier === 17
          ? flowWith(flow, { source: '10.132.8.8' })
          : flow,
    );
    const pings = flows.filter(({ protocol }) => protocol === 'icmp-echo');
    expect(found(changed(subject, { flows: pings }), 'mac-flapping')).toEqual([]);
    const same = pings.map((flow) => flowWith(flow, { source: '10.132.9.9' }));
    expect(found(changed(subject, { flows: same }), 'mac-flapping')).toHaveLength(1);
  });
});

describe('multiple-remotes', () => {
  const entry = { namespace: 'pod', device: 'vxlan1', vni: null, flags: ['self'] };

  test.each([
    ['a machine behind two remotes', '0a:58:0a:84:02:2e', 1],
    ['flooding to all', '00:00:00:00:00:00', 0],
    ['a group', '01:00:5e:00:00:01', 0],
  ])('%s', async (_, mac, count) => {
    const { subject } = await shippedCase('peer-pods-fixed');
    const hosts = subject.hosts.map((facts) =>
      facts.host === 'worker'
        ? {
            ...facts,
            forwarding: ['192.168.10.201', '192.168.10.202'].map((remote) => ({ ...entry, mac, remote })),
          }
        : facts,
    );
    const findings = found(changed(subject, { hosts }), 'multiple-remotes');
    expect(findings).toHaveLength(count);
    if (count === 0) return;
    expect(findings[0]).toMatchObject({ severity: 'warning', subject: { remotes: '192.168.10.201 192.168.10.202' } });
    expect(findings[0].remedy[0].command).toBe(`ip netns exec pod bridge fdb del ${mac} dev vxlan1 dst 192.168.10.201`);
  });
});

describe('cross-vni-reply', () => {
  test('names requests outside any tunnel', async () => {
    const { subject } = await shippedCase('peer-pods-fixed');
    const flows = subject.flows.map((flow) => flowWith(flow, { replyVni: flow.vni }));
    const [finding] = found(changed(subject, { flows }), 'cross-vni-reply');
    expect(finding.title).toMatch(/go outside any tunnel, and their replies come in VNI 555005$/);
  });

  test('is none when the same addresses live in two VNIs', async () => {
    const { subject } = await shippedCase('two-vnis');
    expect(found(subject, 'cross-vni-reply')).toEqual([]);
  });
});

describe('connection-reset', () => {
  test.each([
    [1, 1, '1 connection attempt from 10.132.2.2 to 10.132.2.46 port 8080 in VNI 555005 was refused'],
    [1, 3, '1 of 3 connection attempts from 10.132.2.2 to 10.132.2.46 port 8080 in VNI 555005 was refused'],
    [3, 3, '3 connection attempts from 10.132.2.2 to 10.132.2.46 port 8080 in VNI 555005 were refused'],
  ])('%i of %i', async (refused, requests, title) => {
    const { subject } = await shippedCase('tcp-refused');
    const flows = subject.flows.map((flow) => (flow.refused > 0 ? flowWith(flow, { refused, requests }) : flow));
    expect(found(changed(subject, { flows }), 'connection-reset')[0].title).toBe(title);
  });
});
