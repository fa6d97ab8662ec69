/** A destination MAC that ARP contradicts: a fault, or the MAC of a gateway that takes frames for others. */
import { expect, test } from 'vitest';
import { innerDestinationMacMismatch } from '../../src/findings/rules/inner-destination-mac-mismatch.ts';
import { arp, BROADCAST, type Bytes, ethernet, icmpEcho, ipv4, mac } from '../flow/encoding.ts';
import type { Frame } from '../flow/simulation.ts';
import { simulatedCase } from './simulated-case.ts';

const ASKER = { address: [10, 0, 0, 1], mac: mac(1) };
const POD = { address: [10, 0, 0, 2], mac: mac(2) };
const OTHER = { address: [10, 0, 0, 3], mac: mac(3) };
const GATEWAY = mac(9);

/** A packet every 100 ms. */
class Traffic {
  private readonly frames: Frame[] = [];
  private time = 1e9;

  /** The owner of an address asks for the asker's, and so says its MAC. */
  claim(of: Bytes, at: Bytes): this {
    return this.add(ethernet(at, BROADCAST, 0x0806, arp(1, at, of, [0, 0, 0, 0, 0, 0], ASKER.address)), 100e6);
  }

  /** Three echo requests to a MAC, answered or not. */
  ping(pod: typeof POD, to: Bytes, isAnswered: boolean): this {
    for (let sequence = 1; sequence <= 3; sequence++) {
      const there = { source: ASKER.address, destination: pod.address };
      const back = { source: pod.address, destination: ASKER.address };
      this.add(ethernet(ASKER.mac, to, 0x0800, ipv4(there, 1, icmpEcho(8, 7, sequence, [1, 2]))), 100e6);
      if (!isAnswered) continue;
      this.add(ethernet(pod.mac, ASKER.mac, 0x0800, ipv4(back, 1, icmpEcho(0, 7, sequence, [1, 2]))), 1e6);
    }
    return this;
  }

  /** A question for a pod's MAC that goes to one MAC, which the pod answers. */
  resolve(pod: typeof POD, to: Bytes): this {
    this.add(ethernet(ASKER.mac, to, 0x0806, arp(1, ASKER.mac, ASKER.address, [0, 0, 0, 0, 0, 0], pod.address)), 1e9);
    return this.add(ethernet(pod.mac, ASKER.mac, 0x0806, arp(2, pod.mac, pod.address, ASKER.mac, ASKER.address)), 1e6);
  }

  private add(bytes: Bytes, after: number): this {
    this.time += after;
    this.frames.push({ time: this.time, bytes });
    return this;
  }

  /** Addresses that are asked for with a wrong MAC, as the rule has it. */
  wrong(): unknown[] {
    this.claim([10, 0, 0, 99], mac(99));
    this.time += 3e9;
    this.claim([10, 0, 0, 99], mac(99));
    return innerDestinationMacMismatch(simulatedCase(this.frames)).map(({ subject }) => subject['address']);
  }
}

const unanswered = (): Traffic => new Traffic().claim(POD.address, POD.mac).ping(POD, GATEWAY, false);

test('is a fault when nothing with it is answered', () => {
  expect(unanswered().wrong()).toEqual(['10.0.0.2']);
  expect(unanswered().claim(OTHER.address, OTHER.mac).ping(OTHER, GATEWAY, false).wrong()).toHaveLength(2);
});

test('is a gateway when others are reached through it', () => {
  const { address, mac: own } = OTHER;
  const during = unanswered().claim(address, own).ping(OTHER, GATEWAY, true).claim(address, own);
  expect(during.wrong()).toEqual([]);
  expect(unanswered().resolve(OTHER, GATEWAY).wrong()).toEqual([]);
  expect(unanswered().resolve(POD, GATEWAY).wrong()).toEqual([]);
});

test('is a fault when the others have that MAC themselves', () => {
  const owner = { ...OTHER, mac: GATEWAY };
  expect(unanswered().claim(owner.address, owner.mac).ping(owner, GATEWAY, true).wrong()).toEqual(['10.0.0.2']);
  const both = unanswered().claim(OTHER.address, OTHER.mac).claim(OTHER.address, GATEWAY).ping(OTHER, GATEWAY, true);
  expect(both.claim(OTHER.address, OTHER.mac).wrong()).toEqual(['10.0.0.2']);
});

test('is a fault when the others got another MAC only later, or had it before', () => {
  expect(unanswered().ping(OTHER, GATEWAY, true).claim(OTHER.address, OTHER.mac).wrong()).toEqual(['10.0.0.2']);
  expect(unanswered().claim(OTHER.address, OTHER.mac).ping(OTHER, GATEWAY, true).wrong()).toEqual(['10.0.0.2']);
});

test('is a fault when what was answered had another MAC', () => {
  const others = unanswered().claim(OTHER.address, OTHER.mac).ping(OTHER, OTHER.mac, true);
  expect(others.claim(OTHER.address, OTHER.mac).wrong()).toEqual(['10.0.0.2']);
});
