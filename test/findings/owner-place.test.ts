/** Which interface is to be given another MAC: the owner's where it is known, and never one that packets only pass. */
import { describe, expect, test } from 'vitest';
import type { Case } from '../../src/findings/case.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { ownerPlace } from '../../src/findings/owner-place.ts';
import { innerDestinationMacMismatch } from '../../src/findings/rules/inner-destination-mac-mismatch.ts';
import type { Vantage } from '../../src/flow/vantage.ts';
import { emptyFacts, type HostFacts, type HostInterface } from '../../src/host/facts.ts';
import { arp, BROADCAST, type Bytes, ethernet, icmpEcho, ipv4, mac, vxlan } from '../flow/encoding.ts';
import type { Frame } from '../flow/simulation.ts';
import { changed, flowWith, found, noHosts, shippedCase } from './shipped-case.ts';
import { simulatedCase } from './simulated-case.ts';

const [ASKER, POD] = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
];
const UNKNOWN = { host: null, interface: null, namespace: null };
const OVERLAY = { label: 'a:pod0', host: 'a', interfaceName: 'pod0', kind: 'overlay' } as const;
const UNDERLAY = { label: 'a:eth0', host: 'a', interfaceName: 'eth0', kind: 'underlay' } as const;

function host(name: string, address: string, parts: Partial<HostInterface>): HostFacts {
  const own = { name: 'eth0', index: null, namespace: null, mac: null, mtu: null, up: true, master: null, kind: null };
  return {
    ...emptyFacts(name),
    interfaces: [{ ...own, vxlan: null, addresses: [{ address, prefixLength: 24 }], ...parts }],
  };
}

/** One capture in which the pod speaks once, and is then asked with a MAC that is not the one it spoke with. */
function finding(place: Partial<Vantage>, hosts: readonly HostFacts[] = []): Finding {
  const isTunnel = place.kind === 'underlay';
  const wrapped = (bytes: Bytes): Bytes => (isTunnel ? vxlan(100, [192, 0, 2, 1], [192, 0, 2, 2], bytes) : bytes);
  const claim = ethernet(mac(2), BROADCAST, 0x0806, arp(1, mac(2), POD, [0, 0, 0, 0, 0, 0], ASKER));
  const frames: Frame[] = [{ time: 1e9, bytes: wrapped(claim) }];
  for (let sequence = 1; sequence <= 3; sequence++) {
    const echo = ipv4({ source: ASKER, destination: POD }, 1, icmpEcho(8, 7, sequence, [1, 2]));
    frames.push({ time: 1e9 + sequence * 1e8, bytes: wrapped(ethernet(mac(1), mac(9), 0x0800, echo)) });
  }
  frames.push({ time: 9e9, bytes: ethernet(mac(99), BROADCAST, 0x88cc, [0, 0, 0, 0]) });
  return innerDestinationMacMismatch(simulatedCase(frames, hosts, place))[0];
}

describe('one capture', () => {
  test.each([
    ["a tunnel's", UNDERLAY, []],
    ["a tunnel's, with what its host says", UNDERLAY, [host('a', '192.0.2.1', {})]],
    ['of inner packets, which may be taken at either end', OVERLAY, []],
    ['of inner packets at the asker', OVERLAY, [host('a', '10.0.0.1', { name: 'pod0' })]],
  ])('%s, names no device', (_what, place, hosts) => {
    const { subject, remedy } = finding(place, hosts);
    expect(subject).toMatchObject({ host: null, interface: null, source: 'arp' });
    expect(remedy).toMatchObject([{ command: null, host: null }]);
    expect(remedy[0].text).toContain('Give the interface that owns 10.0.0.2 the MAC 0a:58:0a:84:02:09');
  });

  test('is told the device by the host that has it, wherever it was taken', () => {
    const owner = host('b', '10.0.0.2', { name: 'pod0', namespace: 'pb', mac: '0a:58:0a:84:02:02' });
    const { subject, remedy } = finding(UNDERLAY, [owner]);
    expect(subject).toMatchObject({ host: 'b', interface: 'pod0' });
    expect(remedy[0]).toMatchObject({ host: 'b', text: 'Give pod0 the MAC that the sender uses' });
    expect(remedy[0].command).toContain('ip netns exec pb ip link set dev pod0 address 0a:58:0a:84:02:09');
  });

  test('is not told it by a host that has the address with another MAC', () => {
    const other = host('b', '10.0.0.2', { name: 'pod0', mac: '0a:58:0a:84:02:07' });
    expect(finding(UNDERLAY, [other]).subject).toMatchObject({ host: null, interface: null });
  });
});

describe('several captures', () => {
  /** What is known of the owner when requests ended at a capture, the order of captures being certain or not. */
  const placeAt = (subject: Case, label: string, pathCertain = true): unknown => {
    const vantage = subject.vantages.find((one) => `${one.host}:${one.interfaceName}` === label)!;
    const silent = subject.flows.filter(({ unanswered }) => unanswered > 0);
    const flows = silent.map((flow) => flowWith(flow, { pathCertain }));
    expect(flows).not.toEqual([]);
    return ownerPlace(subject, { flows, vantage, address: '10.132.2.46', owner: null });
  };

  test("the device behind the tunnel is the owner's, and none before it", async () => {
    const { subject } = await shippedCase('peer-pods-broken', { isNamed: true, hosts: noHosts });
    expect(placeAt(subject, 'podvm:vxlan0')).toEqual({ host: 'podvm', interface: 'vxlan0', namespace: null });
    expect(placeAt(subject, 'podvm:vxlan0', false)).toEqual(UNKNOWN);
    for (const label of ['worker:br-int', 'worker:ens3', 'podvm:ens2'])
      expect(placeAt(subject, label), label).toEqual(UNKNOWN);
  });

  test.each([
    ['is a port of a bridge', { master: 'br0', addresses: [] }],
    ['has other addresses', {}],
  ])('it is not when its host says that it %s', async (_what, parts) => {
    const { subject } = await shippedCase('peer-pods-broken', { isNamed: true, hosts: noHosts });
    const hosts = [host('podvm', '10.9.9.9', { name: 'vxlan0', ...parts })];
    expect(placeAt(changed(subject, { hosts }), 'podvm:vxlan0')).toEqual(UNKNOWN);
  });

  test('a capture of all devices is of none', async () => {
    const { subject } = await shippedCase('peer-pods-broken-any', { isNamed: true, hosts: noHosts });
    expect(found(subject, 'inner-destination-mac-mismatch')).toMatchObject([
      { subject: { interface: null, source: 'packet-type' }, remedy: [{ command: null }] },
    ]);
  });
});
