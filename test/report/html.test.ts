import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { diagram } from '../../src/report/diagram.ts';
import { renderHtml } from '../../src/report/html.ts';
import type { Report } from '../../src/report/model.ts';
import { STYLESHEET, STYLESHEET_SHA256 } from '../../src/report/stylesheet.ts';
import { requirement } from '../requirements.ts';
import { load } from './chromium.ts';
import { FIXTURES, flow, hostile, peerPodsBroken } from './fixtures.ts';
import { htmlWords } from './inert.ts';

const write = (report: Report) => [...renderHtml(report)].join('');
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

test('the policy names the hash of the style', () => {
  expect(createHash('sha256').update(STYLESHEET).digest('base64')).toBe(STYLESHEET_SHA256);
});

test('only the root has a size of its own, so that paper changes all sizes at once', () => {
  const text = STYLESHEET.replace(/^svg.*$/gm, '');
  expect(text.match(/(?:font-size|font):[\d.]+(?:px|pt)/g)).toEqual(['font-size:9.5pt']);
  expect(STYLESHEET).toMatch(/@media print\{:root\{font-size:9\.5pt\}/);
});

test('the page refers to nothing outside itself', () => {
  expect(write(peerPodsBroken)).not.toMatch(
    /\b(?:src|href|action|srcset)\s*=|url\(|@import|https?:|<script|<link|<iframe/i,
  );
});

describe('the diagram', () => {
  test('shows where the requests end', () => {
    const svg = [...diagram(peerPodsBroken.flows[0]!, peerPodsBroken.captures)].join('');
    expect(svg.match(/class="cross"/g)).toHaveLength(1);
    expect(svg).toContain('>5 without reply<');
    expect(svg.match(/class="head"/g)).toHaveLength(4);
    expect(svg.match(/class="host"/g)).toHaveLength(2);
  });

  test('shows an answered flow without a cross', () => {
    const svg = [...diagram(flow(), peerPodsBroken.captures)].join('');
    expect(svg).not.toContain('class="cross"');
    expect(svg.match(/class="head"/g)).toHaveLength(10);
  });
});

const chromium = requirement('chromium');

describe.skipIf(!chromium.available)(`in a browser ${chromium.reason}`, () => {
  test.each(Object.entries(FIXTURES))(
    '%s is understood as it was meant, and breaks no policy',
    async (_, report) => {
      const page = write(report);
      const { document, log } = await load(page);
      expect(oneLine(htmlWords(document))).toBe(oneLine(htmlWords(page)));
      expect(document).not.toMatch(/<(?:script|img|iframe|object|link|a|form)\b/i);
      expect(log).not.toMatch(/Content.Security.Policy|Refused/i);
      expect(document).toContain('</footer>');
    },
    60_000,
  );

  test('the policy refuses a style that is not ours, and any script', async () => {
    const spoilt = write(hostile)
      .replace('*{box-sizing', ' *{box-sizing')
      .replace('</main>', '<script>document.title="owned"</script></main>');
    const { document, log } = await load(spoilt);
    expect(document).not.toContain('<title>owned');
    expect(log).toMatch(/inline style.*Content Security Policy/is);
    expect(log).toMatch(/inline script.*Content Security Policy/is);
  }, 60_000);
});
