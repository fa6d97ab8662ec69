import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlText, jsonText, printable } from '../../src/report/escape.ts';
import { FORBIDDEN } from './inert.ts';

describe('printable', () => {
  test.each([
    ['plain', 'podvm:vxlan0', 'podvm:vxlan0'],
    ['letters of any language', 'Köln 東京 файл', 'Köln 東京 файл'],
    ['escape sequence', '\x1b[2J', '\\x1b[2J'],
    ['line breaks and tabs', 'a\r\n\tb', 'a\\x0d\\x0a\\x09b'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['C1', '\x9b31m', '\\x9b31m'],
    ['bidirectional override', '\u202egpj.exe', '\\u{202e}gpj.exe'],
    ['isolates', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
    ['zero width', 'a\u200bb\u200dc\ufeff', 'a\\u{200b}b\\u{200d}c\\u{feff}'],
    ['line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['no-break space', 'a\u00a0b', 'a\\xa0b'],
    ['tags above the first plane', '\u{e0041}', '\\u{e0041}'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['a letter that looks empty', '\u3164', '\\u{3164}'],
  ])('%s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test('leaves nothing forbidden in any string, and is done after one pass', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(FORBIDDEN);
        expect(shown).not.toContain('\n');
        expect(printable(shown)).toBe(shown);
      }),
    );
  });
});

test('htmlText leaves no character that HTML gives a meaning', () => {
  expect(htmlText(`<a href="x" title='y'>&\x1b`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;\\x1b');
});

test('jsonText changes the spelling and not the value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const written = jsonText(JSON.stringify(value, null, 1));
      expect(written).not.toMatch(FORBIDDEN);
      expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
