/** Flows that are made as they are written out: the report is the one that lists them. */
import { expect, test } from 'vitest';
import { renderJson } from '../../src/report/json.ts';
import { listFlows } from '../../src/report/model.ts';
import { shippedCase } from '../findings/shipped-case.ts';

test.each(['peer-pods-broken', 'peer-pods-fixed', 'arp-unanswered', 'lossy-wire'])('%s', async (name) => {
  const { report, subject } = await shippedCase(name);
  const listed = listFlows(report);
  expect(listed.flows.length).toBe(subject.flows.length);
  expect(listed.flows.length).toBeGreaterThan(0);
  expect(listed.flows.map(({ source }) => source)).toEqual(subject.flows.map(({ source }) => source));
  // They can be gone through again.
  expect([...report.flows]).toEqual(listed.flows);
  const written = [...renderJson(report)].join('');
  expect(written).toBe([...renderJson(listed)].join(''));
  expect(JSON.parse(written).flows).toEqual(listed.flows);
});
