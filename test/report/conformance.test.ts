/** What every renderer must do, whatever its format. */
import { describe, expect, test } from 'vitest';
import { printable } from '../../src/report/escape.ts';
import type { Report } from '../../src/report/model.ts';
import type { ReportFormat } from '../../src/report/options.ts';
import { render } from '../../src/report/render.ts';
import { CURE_COMMAND, FIXTURES, HOSTILE, hostile, manyFlows, peerPodsBroken, undecided } from './fixtures.ts';
import { FORBIDDEN, htmlWords, withoutColours } from './inert.ts';

const FORMATS: ReportFormat[] = ['text', 'json', 'markdown', 'html'];

function write(format: ReportFormat, report: Report, options = { color: false, width: 80 }): string {
  return [...render(format, report, options)].join('');
}

/** What a person reads, as one line of words. */
function words(format: ReportFormat, written: string): string {
  const read: Record<ReportFormat, (text: string) => string> = {
    text: withoutColours,
    markdown: (text) => text.replaceAll('`', ''),
    html: htmlWords,
    json: (text) => JSON.stringify(JSON.parse(text)),
  };
  return read[format](written).replace(/\s+/g, ' ');
}

describe.each(FORMATS)('%s', (format) => {
  test.each(Object.entries(FIXTURES).filter(([name]) => name !== 'hostile'))(
    '%s: the headline is there',
    (_, report) => {
      expect(words(format, write(format, report))).toContain(report.verdict.headline);
    },
  );

  test('what is read first is the verdict, then the cure, then the proof', () => {
    if (format === 'json') return;
    const text = words(format, write(format, peerPodsBroken));
    const places = [
      peerPodsBroken.verdict.headline,
      CURE_COMMAND,
      peerPodsBroken.findings[0]!.title,
      'Flows',
      'Captures',
    ];
    const at = places.map((place) => text.indexOf(place));
    expect(at).not.toContain(-1);
    expect(at).toEqual([...at].sort((a, b) => a - b));
  });

  test('the cure is one unbroken line', () => {
    const line = write(format, peerPodsBroken)
      .split('\n')
      .find((each) => each.includes('ip link set vxlan0 down'));
    expect(format === 'html' ? htmlWords(line!) : line).toContain(CURE_COMMAND);
  });

  test('the host that the cure is for stands before it', () => {
    if (format === 'json') return;
    const text = words(format, write(format, peerPodsBroken));
    expect(text.slice(0, text.indexOf('ip netns exec'))).toMatch(/On podvm ?: (?:sh )?$/);
  });

  test.each([
    ['peer-pods-broken', peerPodsBroken],
    ['undecided', undecided],
  ])('%s: every frame of the evidence is there, with its capture and its note', (_, report) => {
    const text = words(format, write(format, report, { color: false, width: 200 }));
    for (const { capture, frame, note } of report.findings.flatMap((finding) => finding.evidence)) {
      const name = frame === null ? 'whole capture' : `frame ${frame}`;
      const expected = format === 'json' ? JSON.stringify({ capture, frame, note }) : `${capture} ${name}`;
      expect(text).toContain(expected);
      expect(text).toContain(note);
    }
  });

  test('what is missing is there, with the command that gets it', () => {
    const text = words(format, write(format, undecided));
    for (const { text: sentence, command } of undecided.missingEvidence) {
      expect(text).toContain(sentence);
      expect(text).toContain(command);
    }
  });

  test('where the requests ended is there', () => {
    const text = words(format, write(format, peerPodsBroken));
    const expected = '5 requests reached podvm:vxlan0, and no reply was seen there';
    expect(text).toContain(format === 'json' ? '"stage":"no-reply","after":"podvm:vxlan0"' : expected);
  });

  test('flows in trouble come before the others, and what is left out is said', () => {
    const text = words(format, write(format, manyFlows(2000)));
    if (format === 'json') return;
    const section = text.slice(text.lastIndexOf('Flows'));
    expect(section.indexOf('never at podvm:ens2')).toBeGreaterThan(0);
    expect(section.indexOf('never at podvm:ens2')).toBeLessThan(section.indexOf('10.0.0.0'));
    expect(section).toMatch(/… and 1,[0-9]{3} more flows, all answered\./);
    expect(section).toContain('1,200 further flows only summed up');
    expect(text).toContain('and 3 more findings of unanswered-echo');
  });

  test('hostile strings leave no control character in the output, colours or not', () => {
    expect(HOSTILE).toMatch(FORBIDDEN);
    expect(write(format, hostile)).not.toMatch(FORBIDDEN);
    expect(withoutColours(write(format, hostile, { color: true, width: 80 }))).not.toMatch(FORBIDDEN);
  });

  test('hostile strings are shown, not swallowed', () => {
    const text = words(format, write(format, hostile, { color: false, width: 2000 }));
    const shown = printable(HOSTILE).replaceAll(/\s+/g, ' ');
    if (format === 'json') expect(JSON.parse(write(format, hostile))).toEqual(hostile);
    else expect(text).toContain(format === 'markdown' ? shown.replaceAll('`', '') : shown);
  });

  test('a report with nothing in it is still a report', () => {
    const empty = write(format, {
      ...FIXTURES['healthy']!,
      captures: [],
      tunnels: [],
      flows: [],
      segments: [],
      clocks: [],
    });
    const expected = format === 'json' ? '"captures":[]' : '0 captures with 0 packets; no tunnel; no exchange.';
    expect(words(format, empty)).toContain(expected);
    expect(empty.endsWith('\n')).toBe(true);
  });

  test('20 000 flows come in pieces', () => {
    for (const chunk of render(format, manyFlows(20_000), { color: false, width: 80 })) {
      expect(chunk.length).toBeLessThan(80_000);
    }
  });
});
