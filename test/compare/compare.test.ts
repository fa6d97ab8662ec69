/** Shipped captures of runs that work and runs that do not: what is said to differ, and in which order. */
import { describe, expect, test } from 'vitest';
import { compare, type RunInput } from '../../src/compare.ts';
import type { Comparison } from '../../src/report/comparison.ts';
import { delayReplies, otherPod, run } from './runs.ts';

const kinds = ({ differences }: Comparison): string[] => differences.map(({ kind }) => kind);
const explaining = ({ differences }: Comparison): string[] =>
  differences.filter(({ explains }) => explains).map(({ kind }) => kind);
const againstFixed = (bad: RunInput): Promise<Comparison> => compare({ good: run('peer-pods-fixed'), bad });

describe('what explains most comes first', () => {
  test.each([
    ['peer-pods-fixed', 'peer-pods-broken', ['mac', 'losses']],
    ['peer-pods-fixed', 'vni-mismatch', ['vni', 'losses', 'losses']],
    ['peer-pods-fixed', 'vni-mismatch-one-way', ['vni', 'losses']],
    ['peer-pods-fixed', 'vxlan-port-mismatch', ['port', 'losses']],
    ['peer-pods-fixed', 'vxlan-port-mismatch-silent', ['port', 'host', 'host', 'losses', 'losses']],
    ['peer-pods-fixed', 'request-lost', ['losses']],
    ['peer-pods-fixed', 'reply-lost', ['losses']],
    ['peer-pods-fixed', 'mtu-black-hole', ['mtu', 'losses']],
    ['peer-pods-fixed', 'mtu-icmp', ['mtu', 'losses']],
    ['peer-pods-fixed', 'bad-outer-checksum', ['checksum', 'losses']],
    ['peer-pods-fixed', 'reserved-bits', ['reserved-bits', 'losses']],
    ['peer-pods-fixed', 'asymmetric-endpoints-blocked', ['endpoints', 'host', 'losses']],
    ['peer-pods-fixed', 'wrong-remote', ['endpoints', 'resolution', 'losses']],
    ['peer-pods-fixed', 'arp-unanswered', ['resolution', 'host', 'host']],
    ['peer-pods-fixed', 'host-firewall', ['host', 'losses']],
    ['peer-pods-fixed', 'redirect-missing', ['host', 'losses']],
    ['peer-pods-fixed', 'no-route-back', ['host', 'losses']],
    ['ping6-fixed', 'ping6-broken', ['mac', 'losses']],
    ['ping6-fixed', 'ns-unanswered', ['resolution', 'host', 'host']],
    ['geneve-fixed', 'geneve-broken', ['mac', 'losses']],
    ['tcp-ok', 'tcp-refused', ['losses']],
    ['dns-ok', 'dns-unanswered', ['losses']],
  ])('%s against %s', async (good, bad, expected) => {
    const comparison = await compare({ good: run(good), bad: run(bad) });
    expect(explaining(comparison)).toEqual(expected);
    expect(comparison.verdict).toEqual({ code: expected[0], headline: `${comparison.differences[0].sentence}.` });
  });
});

describe('nothing that matters', () => {
  test.each([
    'peer-pods-fixed',
    'reordered',
    'last-request-pending',
    'checksum-offload',
    'worker-any',
    'broadcast',
    'arp-announcements',
    'tcp-ok',
  ])('peer-pods-fixed against %s', async (bad) => {
    const comparison = await againstFixed(run(bad));
    expect(comparison.differences).toEqual([]);
    expect(comparison.verdict.code).toBe('same');
    expect(comparison.notes).toContain('No exchange of the bad run is unanswered.');
  });

  test('a run with losses against itself, which is no clean measure', async () => {
    const comparison = await compare({ good: run('two-vnis'), bad: run('two-vnis') });
    expect(comparison.verdict.code).toBe('same');
    expect(comparison.notes).toContain('The good run is no clean measure: 2 exchanges of it are not answered.');
  });
});

describe('differences that explain nothing, because all is answered', () => {
  test.each([
    ['late-replies', 'late'],
    ['asymmetric-endpoints', 'endpoints'],
    ['group-policy', 'reserved-bits'],
    ['vxlan-over-ipv6', 'endpoints'],
    ['duplicate-address', 'mac'],
    ['cloned-pod', 'endpoints'],
  ])('%s: %s', async (bad, first) => {
    const comparison = await againstFixed(run(bad));
    expect(kinds(comparison)[0]).toBe(first);
    expect(explaining(comparison)).toEqual([]);
  });
});

test("runs in each other's place are suspected", async () => {
  const { notes } = await compare({ good: run('peer-pods-broken'), bad: run('peer-pods-fixed') });
  expect(notes).toContain('No exchange of the bad run is unanswered: --good and --bad may be swapped.');
});

test('both MACs stand side by side, with a frame of each run', async () => {
  const { differences } = await againstFixed(run('peer-pods-broken'));
  expect(differences[0].values).toEqual([
    { what: 'destination MAC of requests', good: '0a:58:0a:84:02:2e', bad: '0a:58:0a:84:02:2e' },
    {
      what: 'MAC of the owner of 10.132.2.46',
      good: '0a:58:0a:84:02:2e (host file)',
      bad: '7e:e5:f7:e6:f5:1a (host file)',
    },
  ]);
  expect(differences[0].evidence).toMatchObject({
    good: { capture: 'podvm-vxlan0', frame: 1 },
    bad: { capture: 'podvm-vxlan0', frame: 1 },
  });
});

test('losses say where, in the bad run alone', async () => {
  const { differences } = await againstFixed(run('request-lost'));
  expect(differences[0].values).toEqual([
    { what: 'Echo requests answered', good: '5 of 5', bad: '6 of 8' },
    { what: 'unanswered, and where', good: '–', bad: '2 requests lost from worker-ens3 to podvm-ens2' },
  ]);
});

describe('without what the hosts print', () => {
  const bare = (scenario: string): RunInput => run(scenario, { withHosts: false });

  test('the MAC of the owner is not known, and the way to learn it is said', async () => {
    const comparison = await compare({ good: bare('peer-pods-fixed'), bad: bare('peer-pods-broken') });
    expect(comparison.verdict.code).toBe('losses');
    expect(comparison.notes.join()).toContain('--host-bad');
  });

  test.each([
    ['peer-pods-broken-any', 'mac'],
    ['peer-pods-broken-ipv6', 'mac'],
    ['vni-mismatch', 'vni'],
    ['vxlan-port-mismatch', 'port'],
    ['mtu-black-hole', 'mtu'],
  ])('%s shows %s all the same', async (bad, first) => {
    const comparison = await compare({ good: bare('peer-pods-fixed'), bad: bare(bad) });
    expect(comparison.verdict.code).toBe(first);
  });
});

describe('runs with other names', () => {
  const letters = new Map(
    ['worker-br-int', 'worker-ens3', 'podvm-ens2', 'podvm-vxlan0'].map((name, i) => [name, `f${i}`]),
  );
  const label = (name: string): string => letters.get(name)!;

  test('another pod with another address and MAC is no difference', async () => {
    const comparison = await againstFixed(run('peer-pods-fixed', otherPod));
    expect(comparison.verdict.code).toBe('same');
    expect(comparison.notes).toContain(
      'Compared by their role: 5 echo requests from 10.132.2.2 to 10.132.2.46 in the good run with 5 echo requests from 10.132.2.2 to 10.131.2.47 in the bad one.',
    );
  });

  test('the fault of another pod is found', async () => {
    const comparison = await againstFixed(run('peer-pods-broken', otherPod));
    expect(explaining(comparison)).toEqual(['mac', 'losses']);
    expect(comparison.verdict.headline).toContain('7e:e5:f7:e6:f5:1a in the bad run and 0a:58:0a:84:02:2e in the good');
  });

  test('captures with other labels are aligned by their place on the way', async () => {
    const comparison = await againstFixed(run('request-lost', { label, withHosts: false }));
    expect(comparison.captures).toEqual(
      [...letters]
        .map(([good, bad]) => ({ good, bad, alignedBy: 'role' }))
        .map((each) => expect.objectContaining(each)),
    );
    expect(explaining(comparison)).toEqual(['losses']);
  });

  test('runs with nothing in common are not compared', async () => {
    const comparison = await compare({ good: run('peer-pods-fixed'), bad: run('ping6-broken') });
    expect(comparison.verdict.code).toBe('not-aligned');
    expect(comparison.notes.some((note) => note.startsWith('Only in the bad run'))).toBe(true);
  });

  test('a capture without a counterpart is named', async () => {
    const comparison = await againstFixed(run('peer-pods-fixed', { only: ['worker-br-int.pcap'] }));
    expect(comparison.notes).toContain('No capture of the bad run stands for podvm-ens2 of the good one.');
    expect(comparison.verdict.code).toBe('same');
  });
});

describe('delays', () => {
  const only = ['worker-br-int.pcap'];
  test.each([
    [0, []],
    [0.05, []],
    [20, ['delay']],
  ])('replies %d ms later: %j', async (milliseconds, expected) => {
    const good = run('peer-pods-fixed', { only });
    const bad = run('peer-pods-fixed', { only, edit: delayReplies(milliseconds) });
    expect(kinds(await compare({ good, bad }))).toEqual(expected);
  });
});
