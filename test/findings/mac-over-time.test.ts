/** A flow whose requests had another destination MAC for a time: what is a fault, and what only looks like one. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/findings/finding.ts';
import { innerDestinationMacMismatch } from '../../src/findings/rules/inner-destination-mac-mismatch.ts';
import { emptyFacts, type HostFacts } from '../../src/host/facts.ts';
import { arp, BROADCAST, type Bytes, ethernet, icmpEcho, ipv4, mac } from '../flow/encoding.ts';
import type { Frame } from '../flow/simulation.ts';
import { shippedCase } from './shipped-case.ts';
import { simulatedCase } from './simulated-case.ts';

const SENDER = [10, 0, 0, 1];
const POD = [10, 0, 0, 2];
const OWNER = mac(2);
const WRONG = mac(9);
const text = (bytes: Bytes): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');

/** A packet every 100 ms from one second on, and at the end one that shows that the capture went on. */
class Traffic {
  readonly frames: Frame[] = [];
  private time = 1e9;
  private sequence = 0;
  private identifier = 7;

  /** Another run of ping: a flow of its own. */
  again(): this {
    this.identifier++;
    return this;
  }

  /** Requests to a MAC, answered or not. */
  ping(count: number, to: Bytes, isAnswered: boolean, source = mac(1)): this {
    for (let i = 0; i < count; i++) {
      const body = icmpEcho(8, this.identifier, ++this.sequence, [1, 2, 3, 4]);
      this.add(ethernet(source, to, 0x0800, ipv4({ source: SENDER, destination: POD }, 1, body)));
      if (!isAnswered) continue;
      const reply = icmpEcho(0, this.identifier, this.sequence, [1, 2, 3, 4]);
      this.add(ethernet(to, mac(1), 0x0800, ipv4({ source: POD, destination: SENDER }, 1, reply)), 1e6);
    }
    return this;
  }

  /** The same requests as they pass two devices, the first with the MAC of a router. */
  routedPing(count: number, isAnswered: boolean): this {
    for (let i = 0; i < count; i++) {
      const body = icmpEcho(8, 7, ++this.sequence, [1, 2, 3, 4]);
      this.add(ethernet(mac(1), WRONG, 0x0800, ipv4({ source: SENDER, destination: POD }, 1, body)));
      const hop = { source: SENDER, destination: POD, timeToLive: 63 };
      this.add(ethernet(WRONG, OWNER, 0x0800, ipv4(hop, 1, body)), 1e5);
      if (!isAnswered) continue;
      const reply = icmpEcho(0, 7, this.sequence, [1, 2, 3, 4]);
      this.add(ethernet(OWNER, WRONG, 0x0800, ipv4({ source: POD, destination: SENDER }, 1, reply)), 1e6);
    }
    return this;
  }

  /** Questions for the pod's MAC, one a second. */
  resolve(count: number, to: Bytes, isAnswered: boolean): this {
    for (let i = 0; i < count; i++) {
      this.add(ethernet(mac(1), to, 0x0806, arp(1, mac(1), SENDER, [0, 0, 0, 0, 0, 0], POD)), 1e9);
      if (isAnswered) this.add(ethernet(OWNER, mac(1), 0x0806, arp(2, OWNER, POD, mac(1), SENDER)), 1e6);
    }
    return this;
  }

  /** Gratuitous ARP: this MAC has the address from now on. */
  announce(owner: Bytes): this {
    return this.add(ethernet(owner, BROADCAST, 0x0806, arp(1, owner, POD, [0, 0, 0, 0, 0, 0], POD)));
  }

  /** The pod asks for the sender's MAC, and so says its own. */
  ask(owner: Bytes): this {
    return this.add(ethernet(owner, BROADCAST, 0x0806, arp(1, owner, POD, [0, 0, 0, 0, 0, 0], SENDER)));
  }

  private add(bytes: Bytes, after = 100e6): this {
    this.time += after;
    this.frames.push({ time: this.time, bytes });
    return this;
  }

  /** The findings, `hosts` being what hosts say. */
  findings(hosts: readonly HostFacts[]): Finding[] {
    this.add(ethernet(mac(1), BROADCAST, 0x0800, ipv4({ source: SENDER, destination: [239, 0, 0, 1] }, 17, [])), 3e9);
    return innerDestinationMacMismatch(simulatedCase(this.frames, hosts));
  }
}

function hostWith(...macs: Bytes[]): HostFacts[] {
  const interfaces = macs.map((bytes, index) => ({
    ...{ name: `vxlan${index}`, index: null, namespace: null, mac: text(bytes), mtu: null, up: true, master: null },
    ...{ addresses: [{ address: '10.0.0.2', prefixLength: 24 }], kind: null, vxlan: null },
  }));
  return [{ ...emptyFacts('podvm'), interfaces }];
}

const OWNED = hostWith(OWNER);
const frames = ([finding]: Finding[]): (number | null)[] => finding.evidence.map(({ frame }) => frame);

describe('is told', () => {
  test('of the time before the cure', () => {
    const found = new Traffic().ping(5, WRONG, false).ping(4, OWNER, true).findings(OWNED);
    expect(found).toMatchObject([
      { severity: 'error', confidence: 'certain', subject: { frameMac: text(WRONG), ownerMac: text(OWNER) } },
    ]);
    expect(frames(found)).toEqual([1, 2, 3, 5, 6]);
    const [{ title, explanation, remedy }] = found;
    expect(title).toContain('reached podvm:vxlan0 up to frame 5 with destination MAC');
    expect(explanation).toContain('5 requests ended this way');
    expect(explanation).toContain('The first of them is frame 1 of podvm:vxlan0, the last frame 5, 0.4 seconds later.');
    expect(explanation).toContain('From frame 6 on requests have another MAC and are answered');
    expect(remedy.map(({ command }) => command)).toEqual([null]);
  });

  test('of the time before the cure, which another run of ping shows', () => {
    const [found] = new Traffic().ping(5, WRONG, false).again().ping(4, OWNER, true).findings(OWNED);
    expect(found.title).toContain('reached podvm:vxlan0 up to frame 5 with destination MAC');
    expect(found.explanation).toContain('From frame 6 on requests have another MAC and are answered');
    expect(found.remedy.map(({ command }) => command)).toEqual([null]);
  });

  test('as going on, where the run that was answered came before', () => {
    const [found] = new Traffic().ping(4, OWNER, true).again().ping(5, WRONG, false).findings(OWNED);
    expect(found.title).toContain('reach podvm:vxlan0 with destination MAC');
    expect(found.remedy[0].command).toContain('ip link set');
  });

  test('of the time from which on it is wrong', () => {
    const found = new Traffic().ping(3, OWNER, true).ping(4, WRONG, false).findings(OWNED);
    expect(frames(found)).toEqual([7, 8, 9, 10]);
    expect(found[0].title).toContain('reach podvm:vxlan0 from frame 7 on with');
    expect(found[0].explanation).toContain('Before that, from frame 1 on, requests had another MAC and were answered.');
    expect(found[0].remedy[0].command).toContain('ip link set');
  });

  test('of a time between two good ones, and of two such times as one', () => {
    const once = new Traffic().ping(3, OWNER, true).ping(2, WRONG, false).ping(3, OWNER, true).findings(OWNED);
    expect(frames(once)).toEqual([7, 8]);
    const twice = new Traffic().ping(2, WRONG, false).ping(2, OWNER, true).ping(2, WRONG, false).ping(2, OWNER, true);
    const found = twice.findings(OWNED);
    expect(found).toHaveLength(1);
    expect(found[0].explanation).toContain('4 requests ended this way');
  });

  test('by ARP, where the owner spoke before', () => {
    const found = new Traffic().ask(OWNER).ping(3, WRONG, false).ping(3, OWNER, true).findings([]);
    expect(found).toMatchObject([{ confidence: 'likely', subject: { source: 'arp' } }]);
  });

  test('of a single request', () => {
    const found = new Traffic().ping(1, WRONG, false).ping(3, OWNER, true).findings(OWNED);
    expect(found[0].explanation).toContain('One request ended this way');
    expect(found[0].explanation).toContain('That is frame 1 of podvm:vxlan0.');
  });

  test('of each of two wrong MACs', () => {
    const found = new Traffic().ping(3, WRONG, false).ping(2, mac(8), false).ping(2, OWNER, true).findings(OWNED);
    expect(found.map(({ subject }) => subject['frameMac'])).toEqual([text(WRONG), text(mac(8))]);
  });
});

/** The owner's MAC over time: each from one second to another, as they were read. */
function hostThatHad(...times: [mac: Bytes, from: number, until: number][]): HostFacts[] {
  const [facts] = hostWith(times[times.length - 1][0]);
  const macTimes = times.map(([bytes, from, until]) => ({
    ...{ namespace: null, interface: 'vxlan0', mac: text(bytes), from: from * 1000, until: until * 1000 },
  }));
  return [{ ...facts, macTimes }];
}

describe('where the owner changed its MAC', () => {
  const cured = hostThatHad([OWNER, 1, 1.35], [WRONG, 1.85, 4]);

  test('is told of the time before, with the requests beside it', () => {
    // One every 100 ms: 1.1 to 1.5, then answered.
    const found = new Traffic().ping(5, WRONG, false).ping(4, WRONG, true).findings(cured);
    expect(frames(found)).toEqual([1, 2, 3, 5]);
    expect(found).toMatchObject([{ subject: { frameMac: text(WRONG), ownerMac: text(OWNER), source: 'host-file' } }]);
    expect(found[0].title).toContain('reached podvm:vxlan0 up to frame 5');
    expect(found[0].title).toContain(`had ${text(OWNER)}`);
    expect(found[0].explanation).toContain('it has the MAC of the frames, so it seems to be cured');
    expect(new Traffic().ping(5, WRONG, false).findings(cured)).toHaveLength(1);
  });

  test('is told of the time since', () => {
    const found = new Traffic().ping(3, WRONG, true).ping(4, WRONG, false);
    const [finding] = found.findings(hostThatHad([WRONG, 0, 1.25], [OWNER, 1.6, 9]));
    expect(finding.title).toContain('reach podvm:vxlan0 from frame 7 on');
    expect(finding.title).toContain(`has ${text(OWNER)}`);
  });

  test('is not told of what was lost with the right MAC', () => {
    const later = new Traffic().ping(9, WRONG, true).ping(5, WRONG, false);
    expect(later.findings(hostThatHad([OWNER, 0, 1], [WRONG, 1.05, 9]))).toEqual([]);
    expect(new Traffic().ping(5, WRONG, false).findings(hostThatHad([WRONG, 0, 9]))).toEqual([]);
  });

  test('is not told when a request was answered meanwhile', () => {
    const traffic = new Traffic().ping(2, WRONG, false).ping(1, WRONG, true).ping(2, WRONG, false).ping(4, WRONG, true);
    expect(traffic.findings(hostThatHad([OWNER, 1, 1.6], [WRONG, 1.85, 4]))).toEqual([]);
  });

  test('is not told of another interface', () => {
    const [facts] = cured;
    const macTimes = (facts.macTimes ?? []).map((time) => ({ ...time, interface: 'eth9' }));
    expect(
      new Traffic()
        .ping(5, WRONG, false)
        .ping(4, WRONG, true)
        .findings([{ ...facts, macTimes }]),
    ).toEqual([]);
  });
});

describe('is not told', () => {
  test.each([
    ['the address moved to another machine and was answered all the time', [WRONG, true, OWNER, true]],
    ['requests with the first MAC were answered, the later ones are lost', [WRONG, true, OWNER, false]],
    ['both MACs are right and some is lost', [OWNER, false, OWNER, true]],
  ] as const)('when %s', (_, [first, isFirst, second, isSecond]) => {
    expect(new Traffic().ping(4, first, isFirst).ping(4, second, isSecond).findings(OWNED)).toEqual([]);
  });

  test('when the machine before was answering and went away before the move', () => {
    const leaving = () => new Traffic().ping(3, WRONG, true).ping(3, WRONG, false);
    expect(leaving().announce(OWNER).ping(3, OWNER, true).findings(OWNED)).toEqual([]);
    expect(leaving().ping(3, OWNER, true).findings(OWNED)).toEqual([]);
  });

  test('when the owner took the address over by gratuitous ARP', () => {
    const takeover = () => new Traffic().ping(4, WRONG, false).announce(OWNER).ping(4, OWNER, true);
    expect(takeover().findings(OWNED)).toEqual([]);
    expect(takeover().findings([])).toEqual([]);
  });

  test('when the other MAC had the address by ARP', () => {
    expect(new Traffic().ask(WRONG).ping(4, WRONG, false).ping(4, OWNER, true).findings(OWNED)).toEqual([]);
  });

  test('when the owner is known by what it said afterwards only', () => {
    expect(new Traffic().ping(4, WRONG, false).ping(4, OWNER, true).ask(OWNER).findings([])).toEqual([]);
  });

  test('when ARP knows another MAC than the one that requests have from some time on', () => {
    expect(new Traffic().ask(OWNER).ping(3, OWNER, true).ping(3, WRONG, false).findings([])).toEqual([]);
  });

  test('when the host has the address on two interfaces, one with either MAC', () => {
    const traffic = new Traffic().ping(4, WRONG, false).ping(4, OWNER, true);
    expect(traffic.findings(hostWith(OWNER, WRONG))).toEqual([]);
  });

  test.each([1, 3, 20])('when a capture of all devices shows each request twice, of which %i are lost', (lost) => {
    const traffic = new Traffic().routedPing(lost, false).routedPing(5, true);
    expect(traffic.findings(OWNED)).toEqual([]);
  });

  test('when only the sender changed its MAC', () => {
    const traffic = new Traffic().ping(3, OWNER, false).ping(3, OWNER, true, mac(5));
    expect(traffic.findings(OWNED)).toEqual([]);
  });

  test('when questions to all were not answered, and the ones to the owner were', () => {
    expect(new Traffic().resolve(3, BROADCAST, false).resolve(2, OWNER, true).findings(OWNED)).toEqual([]);
    expect(new Traffic().resolve(3, WRONG, false).resolve(2, OWNER, true).findings(OWNED)).toHaveLength(1);
  });
});

test('the cured case is told by the host at either label, and not without anything that knows the owner', async () => {
  const { subject } = await shippedCase('peer-pods-cured', { isNamed: true });
  const [finding] = innerDestinationMacMismatch(subject);
  expect(finding.subject).toMatchObject({ host: 'podvm', interface: 'vxlan0', source: 'host-file' });
  const without = await shippedCase('peer-pods-cured', { hosts: () => [] });
  expect(innerDestinationMacMismatch(without.subject)).toEqual([]);
});
