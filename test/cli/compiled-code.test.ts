/** What a run leaves of its compiled code for the next, and what becomes of the program when that is of no use. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CompiledCode } from '../../src/cli/compiled-code.ts';
import { CAPTURES } from '../scenarios.ts';
import { buildCommand, DIST, runNode } from './command.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vxtrace-compiled-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The kept files of a folder, with what tells whether one was written anew. */
function kept(): Map<string, number> {
  const names = readdirSync(folder).filter((name) => /\.compiled/.test(name));
  return new Map(names.map((name) => [name, statSync(join(folder, name)).ino]));
}

describe('of files of a program', () => {
  beforeEach(() => {
    writeFileSync(
      join(folder, 'main.js'),
      `module.exports = require('./part.js').twice(21) + require('node:path').sep;`,
    );
    writeFileSync(join(folder, 'part.js'), 'exports.twice = (number) => 2 * number;');
  });

  function run(): unknown {
    const code = new CompiledCode(folder);
    const result = code.require('./main.js');
    code.save();
    return result;
  }

  test('is kept by the first run, and taken by the next', () => {
    expect(run()).toBe('42/');
    const after = kept();
    expect([...after.keys()].map((name) => name.replace(/\.[0-9a-f-]+\.[0-9a-f]+\./, '.')).sort()).toEqual([
      'main.js.compiled',
      'part.js.compiled',
    ]);
    expect(run()).toBe('42/');
    expect(kept()).toEqual(after);
  });

  test('a file is evaluated once, whoever asks for it', () => {
    writeFileSync(join(folder, 'main.js'), `module.exports = require('./part.js') === require('./part.js');`);
    expect(run()).toBe(true);
  });

  test.each([
    ['younger', 2000],
    ['older', -1e9],
  ])('is not taken by a program that is %s and as long, and does not stay beside what it leaves', (_, milliseconds) => {
    run();
    const before = kept();
    writeFileSync(join(folder, 'part.js'), 'exports.twice = (number) => 3 * number;');
    const when = new Date(Date.now() + milliseconds);
    utimesSync(join(folder, 'part.js'), when, when);
    expect(run()).toBe('63/');
    const after = kept();
    expect(after.size).toBe(before.size);
    expect([...after.keys()].filter((name) => before.has(name)).map((name) => name.split('.')[0])).toEqual(['main']);
    expect(run()).toBe('63/');
    expect(kept()).toEqual(after);
  });

  test('that cannot be kept is missed by nobody, and nothing unfinished is left', () => {
    run();
    const names = [...kept().keys()];
    for (const name of names) rmSync(join(folder, name));
    const code = new CompiledCode(folder);
    code.require('./main.js');
    for (const name of names) mkdirSync(join(folder, name));
    code.save();
    expect(kept().size).toBe(names.length);
    expect([...kept().keys()].filter((name) => !name.endsWith('.compiled'))).toEqual([]);
  });

  test('is not kept while V8 compiles in another way than at the start', () => {
    const code = new CompiledCode(folder);
    code.require('./main.js');
    setFlagsFromString('--max-inlined-bytecode-size-cumulative=0');
    try {
      code.save();
      expect(kept().size).toBe(0);
    } finally {
      setFlagsFromString('--max-inlined-bytecode-size-cumulative=920');
    }
    code.save();
    expect(kept().size).toBe(2);
  });
});

describe('of the command', () => {
  const CAPTURE = join(CAPTURES, 'peer-pods-broken/podvm-vxlan0.pcap');
  const analyse = () => runNode([join(folder, 'vxtrace.js'), 'analyze', '--format', 'json', CAPTURE]);

  beforeEach(() => {
    buildCommand();
    cpSync(DIST, folder, { recursive: true, filter: (name) => !name.endsWith('.compiled') });
  }, 60_000);

  test('is kept, taken by the next run, which prints the same, and left alone', () => {
    const first = analyse();
    const after = kept();
    expect([...after.keys()].map((name) => name.split('.')[0]).sort()).toEqual([
      'command-analyze',
      'command-line',
      'errors',
      'thread',
    ]);
    expect(analyse()).toEqual(first);
    expect(kept()).toEqual(after);
  });

  test.each([
    ['lost its end', (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1)],
    ['is empty', () => new Uint8Array(0)],
    ['is something else', () => Buffer.from('something else')],
  ])('is compiled again where what was kept %s', (_, damaged) => {
    const first = analyse();
    const [file] = [...kept().keys()];
    const whole = readFileSync(join(folder, file));
    writeFileSync(join(folder, file), damaged(whole));
    expect(analyse()).toEqual(first);
    expect(readFileSync(join(folder, file)).length).toBeGreaterThan(whole.length / 2 + 1);
  });
});
