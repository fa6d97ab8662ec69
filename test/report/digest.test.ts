import { expect, test } from 'vitest';
import { digest, flowsByTrouble, principalFlow, verdictTone } from '../../src/report/digest.ts';
import { journey } from '../../src/report/journey.ts';
import { flow, healthy, manyFlows, peerPodsBroken, undecided } from './fixtures.ts';

test('requests that got no reply end on the last hop', () => {
  const hops = journey(peerPodsBroken.flows[0]!);
  expect(hops.map((hop) => hop.requests)).toEqual([5, 5, 5, 5, 0]);
  expect(hops.map((hop) => hop.requestsLost)).toEqual([0, 0, 0, 0, 5]);
  expect(hops.map((hop) => hop.replies)).toEqual([0, 0, 0, 0, 0]);
});

test('losses of requests and replies count on their own hop', () => {
  const hops = journey(
    flow({
      requests: 10,
      answered: 4,
      unanswered: 5,
      pending: 1,
      losses: [
        { stage: 'request', after: 'worker:ens3', before: 'podvm:ens2', count: 3 },
        { stage: 'reply', after: 'podvm:ens2', before: 'worker:ens3', count: 2 },
      ],
    }),
  );
  expect(hops.map((hop) => hop.requests)).toEqual([10, 10, 7, 7, 6]);
  expect(hops.map((hop) => hop.requestsLost)).toEqual([0, 0, 3, 0, 0]);
  expect(hops.map((hop) => hop.replies)).toEqual([4, 4, 4, 6, 6]);
  expect(hops.map((hop) => hop.repliesLost)).toEqual([0, 0, 2, 0, 0]);
});

test('a loss at a vantage point off the path is not dropped', () => {
  const hops = journey(
    flow({ answered: 3, unanswered: 2, losses: [{ stage: 'request', after: 'elsewhere', before: 'x', count: 2 }] }),
  );
  expect(hops.at(-1)).toEqual({ requests: 3, requestsLost: 2, replies: 3, repliesLost: 0 });
});

test('the principal flow is the worst one that the principal finding names', () => {
  const other = flow({ destination: '10.132.2.47', requests: 50, answered: 0, unanswered: 50, losses: [] });
  const report = { ...peerPodsBroken, flows: [other, ...peerPodsBroken.flows] };
  expect(principalFlow(report)?.destination).toBe('10.132.2.46');
  expect(principalFlow({ ...report, findings: [] })?.destination).toBe('10.132.2.47');
  expect(principalFlow(healthy)).toBe(healthy.flows[0]);
  expect(principalFlow({ ...healthy, flows: [] })).toBeNull();
});

test('flows are in order of trouble, and otherwise as they came', () => {
  const order = flowsByTrouble(manyFlows(6).flows);
  expect(order.map((each) => [each.unanswered, each.late, each.pending])).toEqual([
    [5, 0, 1],
    [0, 2, 0],
    [0, 0, 1],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(order.slice(3).map((each) => each.source)).toEqual(['10.0.0.0', '10.0.0.1', '10.0.0.2']);
});

test('a remedy is said once, however many findings have it', () => {
  const { cure, findings, more } = digest(manyFlows(10));
  expect(cure).toEqual([{ text: 'Open UDP port 4789 both ways.', commands: [], host: null }]);
  expect(findings.flatMap((entry) => entry.remedy)).toEqual([]);
  expect(findings).toHaveLength(7);
  expect(more).toEqual([{ code: 'unanswered-echo', findings: 3 }]);
});

test('remedies in the same words are said once, with the commands of all', () => {
  const remedy = (text: string, command: string | null, host: string | null = 'podvm') => ({ text, command, host });
  const [first, second] = manyFlows(2).findings;
  const { cure } = digest({
    ...healthy,
    findings: [
      {
        ...first,
        remedy: [remedy('Capture there', 'tcpdump a'), remedy('Look', null), remedy('Capture there', 'x', null)],
      },
      { ...second, severity: 'error', causes: [], remedy: [remedy('Capture there', 'tcpdump b')] },
    ],
  });
  expect(cure).toEqual([
    { text: 'Capture there', host: 'podvm', commands: ['tcpdump a', 'tcpdump b'] },
    { text: 'Look', host: 'podvm', commands: [] },
    { text: 'Capture there', host: null, commands: ['x'] },
  ]);
});

test('nothing found with evidence missing is no clean bill of health', () => {
  expect(verdictTone(healthy)).toBe('healthy');
  expect(verdictTone({ ...healthy, missingEvidence: undecided.missingEvidence })).toBe('warning');
  expect(verdictTone(peerPodsBroken)).toBe('error');
});
