/** Threads as the built program starts them. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildCommand, DIST, runNode } from './command.ts';

beforeAll(buildCommand, 60_000);

/** Runs a line of a program that has what starts threads at hand. */
function runWithThreads(line: string) {
  return runNode([
    '-e',
    `const { prepareThread, startThread } = require(${JSON.stringify(join(DIST, 'thread.js'))});${line}`,
  ]);
}

/** A task that is no capture: the thread says so, and ends. */
const TASK = `{ path: '/dev/null', isReadAhead: false, replyTimeoutNanoseconds: 1e9, vxlanPorts: [], vnis: null, limits: { flows: 64, waiting: 64, answered: 64 } }`;
const TELL = `(message) => console.log(message.kind, message.code)`;

test('one that is started and not needed keeps nobody waiting', () => {
  expect(runWithThreads('prepareThread(); prepareThread();')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test.each([
  ['one that was started before', 'prepareThread();'],
  ['one that was not', ''],
])('does what it is told: %s', (_, before) => {
  const { status, stdout, stderr } = runWithThreads(`${before} startThread('worker', ${TASK}).on('message', ${TELL});`);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'failed input-unrecognised\n', stderr: '' });
});

test('the one in reserve is given once', () => {
  const line = `prepareThread(); const a = startThread('worker', ${TASK}); const b = startThread('worker', ${TASK});`;
  const { stdout } = runWithThreads(
    `${line} console.log(a === b); a.on('message', ${TELL}); b.on('message', ${TELL});`,
  );
  expect(stdout).toBe('false\nfailed input-unrecognised\nfailed input-unrecognised\n');
});
