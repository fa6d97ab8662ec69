import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableLines } from '../../src/report/table.ts';
import { displayWidth, paragraph, wrap } from '../../src/report/wrapping.ts';

const COLUMNS = [
  { title: 'Name', numeric: false },
  { title: 'Count', numeric: true },
];

describe('tableLines', () => {
  test('aligns text to the left, numbers to the right, and puts notes below', () => {
    const rows = [
      { cells: ['a', '5'], notes: ['a note'] },
      { cells: ['longer', '12,345'], notes: [] },
    ];
    expect([...tableLines(COLUMNS, rows, { width: 40, indent: '  ', titles: true })]).toEqual([
      '  Name     Count',
      '  a            5',
      '    a note',
      '  longer  12,345',
    ]);
  });

  test('wraps the widest text column when the line is too short', () => {
    const rows = [{ cells: ['fd00:10:132:2::2e', '5'], notes: [] }];
    expect([...tableLines(COLUMNS, rows, { width: 20, indent: '', titles: false })]).toEqual(['fd00:10:132:2::2e  5']);
    expect([...tableLines(COLUMNS, rows, { width: 17, indent: '', titles: false })]).toEqual([
      'fd00:10:132:2:  5',
      ':2e',
    ]);
  });

  test('counts wide and combining characters as a terminal does', () => {
    const rows = [
      { cells: ['東京', '1'], notes: [] },
      { cells: ['e\u0301tude', '2'], notes: [] },
    ];
    expect([...tableLines(COLUMNS, rows, { width: 40, indent: '', titles: false })]).toEqual([
      '東京   1',
      'e\u0301tude  2',
    ]);
  });

  test('paints after aligning', () => {
    const rows = [{ cells: ['a', '5'], notes: [], paint: (line: string) => `<${line}>` }];
    expect([...tableLines(COLUMNS, rows, { width: 40, indent: '', titles: true })]).toEqual([
      'Name  Count',
      '<a         5>',
    ]);
  });
});

describe('wrap', () => {
  test('breaks between words, and inside a word only where it must', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('/var/lib/captures/worker.pcap', 12)).toEqual(['/var/lib/', 'captures/', 'worker.pcap']);
    expect(wrap('', 5)).toEqual(['']);
  });

  test('a wide character after a break does not overrun the line', () => {
    expect(wrap('/東東', 3)).toEqual(['/', '東', '東']);
    expect(wrap(':a東', 2)).toEqual([':', 'a', '東']);
  });

  test('no line is too wide and nothing is lost', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', ' ', '東', 'é') });
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (line, width) => {
        const lines = wrap(line, width);
        for (const each of lines) expect(displayWidth(each)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
      }),
    );
  });

  test('a paragraph has its own first indent', () => {
    expect(paragraph('one two three', 9, '- ', '  ')).toBe('- one two\n  three');
  });
});
