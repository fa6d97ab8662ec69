import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { markdownCell, markdownCode, markdownFence, markdownProse } from '../../src/report/markdown-escape.ts';
import { HOSTILE, hostile } from './fixtures.ts';
import { outsideMarkdownCode } from './inert.ts';

/** Markup, mentions, issue numbers, entities, emoji names, web addresses. */
const MEANINGFUL = /[`*_[\]<>|\\~@#&!$^={}]|:\w+:|\/\/|www/;

describe('prose', () => {
  test.each([
    ['words stay', 'The kernel drops 5 of them, doesn’t it?', 'The kernel drops 5 of them, doesn’t it?'],
    ['an address', 'to 10.132.2.46, lost', 'to `10.132.2.46`, lost'],
    ['a MAC with an emoji in it', 'has 0a:ab:0a:84:02:2e;', 'has `0a:ab:0a:84:02:2e`;'],
    ['a mention', 'thanks @everyone', 'thanks `@everyone`'],
    ['an issue number', 'see #12.', 'see `#12`.'],
    ['a commit', 'frame deadbeef', 'frame `deadbeef`'],
    ['markup', '<b>', '`<b>`'],
    ['backticks', 'a `b` ``c', 'a `` `b` `` ``` ``c ```'],
    ['a list marker in front', '1. first', '`1.` first'],
    ['a number with a fraction', 'within 57.7 µs, 1,000 times, +0.5', 'within 57.7 µs, 1,000 times, +0.5'],
    ['parentheses', '(10.0.0.1), (once)', '(`10.0.0.1`), (once)'],
  ])('%s', (_, text, expected) => {
    expect(markdownProse(text)).toBe(expected);
  });

  test('any string leaves nothing with a meaning outside code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const written = markdownProse(text);
        expect(written).not.toContain('\n');
        expect(outsideMarkdownCode(written)).not.toMatch(MEANINGFUL);
      }),
      { numRuns: 1000 },
    );
  });
});

test('code shows the text, whatever backticks it has', () => {
  expect(markdownCode('a``b')).toBe('```a``b```');
  expect(markdownCode('`')).toBe('`` ` ``');
  expect(markdownCode('')).toBe('(blank)');
});

test('a pipe does not end a cell', () => {
  expect(markdownCell('a|b \\| c')).toBe('`a\\x7cb` `\\\\x7c` c');
});

test('a fence outlasts the fences in it', () => {
  expect(markdownFence(['echo ````', 'x\ny'], 'sh')).toBe('`````sh\necho ````\nx\\x0ay\n`````');
});

describe('a hostile report', () => {
  const written = [...renderMarkdown(hostile)].join('');
  const lines = outsideMarkdownCode(written).split('\n');

  test('has nothing outside code but the markup of the report itself', () => {
    for (const line of lines) {
      const content = line
        .replace(/^#{2,3} /, '')
        .replace(/^\*\*(.*)\*\*$/, '$1')
        .replaceAll(/^\| | \| | \|$/g, ' ');
      expect(content).not.toMatch(MEANINGFUL);
    }
  });

  test('keeps every table in its columns', () => {
    const widths = new Map<string, Set<number>>();
    let title = '';
    for (const line of lines) {
      if (line.startsWith('### ')) title = line;
      if (!line.startsWith('|')) continue;
      if (!widths.has(title)) widths.set(title, new Set());
      widths.get(title)!.add(line.split('|').length);
    }
    expect([...widths.keys()]).toEqual(['### Flows', '### Segments', '### Tunnels', '### Captures']);
    for (const each of widths.values()) expect(each.size).toBe(1);
  });

  test('keeps a command on one line of its block', () => {
    const block = /^(`{3,})sh\n(.*)\n\1$/m.exec(written);
    expect(block![2]).toContain('echo \\x1b[31m');
    expect(HOSTILE).toContain('```');
    expect(block![1]).toBe('````');
  });
});
