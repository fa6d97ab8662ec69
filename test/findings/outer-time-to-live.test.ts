/** Routers that say "time exceeded": of a tunnel's packets, which is a fault, or of a traceroute's. */
import { expect, test } from 'vitest';
import type { Finding } from '../../src/findings/finding.ts';
import { findAll } from '../../src/findings/rules.ts';
import { emptyFacts, type HostFacts } from '../../src/host/facts.ts';
import { BROADCAST, type Bytes, ethernet, icmpEcho, ipv4, mac, vxlan } from '../flow/encoding.ts';
import type { Frame } from '../flow/simulation.ts';
import { simulatedCase } from './simulated-case.ts';

const [SENDER, POD] = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
];
const [NEAR, FAR, ROUTER] = [
  [192, 0, 2, 1],
  [192, 0, 2, 2],
  [192, 0, 2, 254],
];

const timeExceeded = (quoted: Bytes, to: Bytes): Bytes =>
  ethernet(
    mac(254),
    mac(1),
    0x0800,
    ipv4({ source: ROUTER, destination: to }, 1, [11, 0, ...Array(6).fill(0), ...quoted]),
  );

/** What is found when a router answers each of three requests; `quote` makes what it quotes of the packet. */
function findings(isTunnelled: boolean, quote: (packet: Bytes) => Bytes, hosts: readonly HostFacts[] = []): Finding[] {
  const frames: Frame[] = [];
  for (let sequence = 1; sequence <= 3; sequence++) {
    const echo = ipv4({ source: SENDER, destination: POD }, 1, icmpEcho(8, 7, sequence, [1, 2]));
    const inner = ethernet(mac(1), mac(2), 0x0800, echo);
    const bytes = isTunnelled ? vxlan(100, NEAR, FAR, inner) : inner;
    const error = timeExceeded(quote(bytes.slice(14)), isTunnelled ? NEAR : SENDER);
    frames.push({ time: 1e9 + sequence * 1e8, bytes }, { time: 1e9 + sequence * 1e8 + 1e6, bytes: error });
  }
  frames.push({ time: 9e9, bytes: ethernet(mac(99), BROADCAST, 0x88cc, [0, 0, 0, 0]) });
  return findAll(simulatedCase(frames, hosts, { label: 'a:eth0', host: 'a', interfaceName: 'eth0', kind: 'underlay' }));
}

const SENDING: HostFacts = {
  ...emptyFacts('a'),
  interfaces: [
    {
      ...{ name: 'eth0', index: null, namespace: null, mac: '0a:58:0a:84:02:01', mtu: null, up: true, master: null },
      ...{ addresses: [{ address: '192.0.2.1', prefixLength: 24 }], kind: null, vxlan: null },
    },
    {
      ...{ name: 'vxlan7', index: null, namespace: 'pods', mac: null, mtu: null, up: true, master: null },
      ...{
        addresses: [],
        kind: 'vxlan',
        vxlan: { vni: 100, port: 4789, local: null, remote: '192.0.2.2', device: null },
      },
    },
  ],
};

test.each([
  ['in full', (packet: Bytes): Bytes => packet],
  ['as far as the UDP header', (packet: Bytes): Bytes => packet.slice(0, 28)],
])('a quoted tunnel packet, %s, is no traceroute, and explains the silence', (_length, quote) => {
  const [silence, error] = findings(true, quote);
  expect(silence).toMatchObject({ code: 'unanswered-echo', severity: 'error', causes: ['icmp-error'] });
  expect(silence.explanation).toContain('192.0.2.254 says that the outer time to live of their packets ran out');
  expect(silence.explanation).not.toContain('layer 2');
  expect(error.code).toBe('icmp-error');
  expect(error.explanation).toContain('outer time to live ran out');
  for (const { remedy } of [silence, error]) {
    expect(remedy.map(({ command }) => command)).toEqual([
      'ip -d link show dev <vxlan device>',
      'ip link set dev <vxlan device> type vxlan ttl 64',
    ]);
  }
});

test('the device is named where its host told of it', () => {
  const [{ remedy }] = findings(true, (packet) => packet, [SENDING]);
  expect(remedy).toMatchObject([
    { host: 'a', command: 'ip netns exec pods ip -d link show dev vxlan7' },
    { host: 'a', command: 'ip netns exec pods ip link set dev vxlan7 type vxlan ttl 64' },
  ]);
});

test('a packet outside any tunnel is a traceroute', () => {
  const [error, silence] = findings(false, (packet) => packet);
  expect(silence).toMatchObject({ code: 'unanswered-echo', severity: 'info', causes: [] });
  expect(error).toMatchObject({ code: 'icmp-error', remedy: [] });
  expect(error.explanation).not.toContain('outer');
});

test('a tunnel packet of another VNI explains nothing', () => {
  const other = vxlan(
    200,
    NEAR,
    FAR,
    ethernet(mac(1), mac(2), 0x0800, ipv4({ source: SENDER, destination: POD }, 1, [])),
  );
  expect(findings(true, () => other.slice(14))[0]).toMatchObject({
    code: 'unanswered-echo',
    severity: 'error',
    causes: [],
  });
});
