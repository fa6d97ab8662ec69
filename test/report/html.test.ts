import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { diagram } from '../../src/report/diagram.ts';
import { renderHtml } from '../../src/report/html.ts';
import type { Report } from '../../src/report/model.ts';
import { STYLESHEET, STYLESHEET_SHA256 } from '../../src/report/stylesheet.ts';
import { requirement } from '../requirements.ts';
import { load, measure } from './chromium.ts';
import { FIXTURES, flow, hostile, manyFlows, peerPodsBroken } from './fixtures.ts';
import { htmlWords } from './inert.ts';

const write = (report: Report) => [...renderHtml(report)].join('');
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

test('the policy names the hash of the style', () => {
  expect(createHash('sha256').update(STYLESHEET).digest('base64')).toBe(STYLESHEET_SHA256);
});

test('only the root has a size of its own, so that paper changes all sizes at once', () => {
  const text = STYLESHEET.replace(/^svg.*$/gm, '');
  expect(text.match(/(?:font-size|font):[\d.]+(?:px|pt)/g)).toEqual(['font-size:9.5pt']);
  expect(STYLESHEET).toMatch(/@media print\{:root\{font-size:9\.5pt[;}]/);
});

test('paper is light, also for those whose screen is dark', () => {
  expect(STYLESHEET.match(/@media[^{]*dark[^{]*/g)).toEqual(['@media screen and (prefers-color-scheme:dark)']);
  expect(STYLESHEET).toMatch(/@media print\{:root\{[^}]*color-scheme:light/);
});

test('the page refers to nothing outside itself', () => {
  expect(write(peerPodsBroken)).not.toMatch(
    /\b(?:src|href|action|srcset)\s*=|url\(|@import|https?:|<script|<link|<iframe/i,
  );
});

test('its title is the verdict in words, escaped', () => {
  const titleOf = (report: Report) => /<title>(.*?)<\/title>/s.exec(write(report))![1];
  expect(titleOf(manyFlows(3))).toBe('5 packets left worker:ens3 or podvm:ens2 and did not arrive – vxtrace');
  expect(titleOf(hostile)).toMatch(/^Echo requests reach \\x1b\[31m[^<>"]*&lt;script&gt;[^<>"]* – vxtrace$/);
});

test('in a row that is in trouble, its head and what went missing stand out, and nothing else', () => {
  const rows = write(manyFlows(3)).match(/<tr class="trouble[^"]*">.*/g)!;
  const marked = rows.map((row) =>
    [...row.matchAll(/<(?:th[^>]*|td class="[^"]*missing")>([^<]*)/g)].map((cell) => cell[1]),
  );
  expect(marked).toEqual([
    ['icmp-echo', '5'],
    ['worker:ens3', '3'],
  ]);
  expect(STYLESHEET.match(/.*trouble.*/g)).toEqual(['tr.trouble th,td.missing{color:var(--bad);font-weight:600}']);
});

test('what is to be said of a row stands in a row of its own across all columns', () => {
  const page = write(peerPodsBroken);
  const flows = page.slice(page.indexOf('<h2>Flows'), page.indexOf('<h2>Segments'));
  expect(flows.match(/<th scope="col"/g)).toHaveLength(8);
  expect(flows).toMatch(
    /<tr class="trouble remarked">.*<\/tr>\n<tr class="remarks"><td colspan="8">.*path: worker:br-int/,
  );
  expect(page.slice(page.indexOf('<h2>Segments'), page.indexOf('<h2>Tunnels'))).not.toContain('remark');
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

  const millions = flow({
    requests: 7_654_321,
    answered: 1_234_567,
    losses: [
      { stage: 'request', after: 'worker:ens3', before: 'podvm:ens2', count: 3_209_877 },
      { stage: 'no-reply', after: 'podvm:vxlan0', before: null, count: 1_209_877 },
      { stage: 'reply', after: 'podvm:ens2', before: 'worker:ens3', count: 2_000_000 },
    ],
  });

  test.each([
    ['five without a reply', peerPodsBroken.flows[0]!, peerPodsBroken.captures],
    ['all answered', flow(), peerPodsBroken.captures],
    ['millions', millions, peerPodsBroken.captures],
    ['the host of one end only', millions, peerPodsBroken.captures.slice(0, 1)],
  ])('no count and no cross stands on the edge of a box: %s', (_, way, captures) => {
    const svg = [...diagram(way, captures)].join('');
    const edges = [...svg.matchAll(/class="host" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].flatMap((box) => [
      Number(box[1]),
      Number(box[1]) + Number(box[2]),
    ]);
    const counts = [...svg.matchAll(/-count" x="([\d.]+)" y="\d+">([^<]+)</g)].map((text) => ({
      middle: Number(text[1]),
      reach: 4 * text[2]!.length,
    }));
    const crosses = [...svg.matchAll(/class="cross" d="M([\d.]+)/g)].map((cross) => ({
      middle: Number(cross[1]) + 6,
      reach: 7,
    }));
    expect(edges.length).toBeGreaterThan(0);
    for (const { middle, reach } of [...counts, ...crosses]) {
      for (const edge of edges) expect(Math.abs(edge - middle)).toBeGreaterThan(reach);
    }
  });

  test('has a row for the names of hosts only where there is one', () => {
    const height = (captures: Report['captures']) =>
      /viewBox="0 (\d+) \d+ (\d+)"/
        .exec([...diagram(flow(), captures)].join(''))!
        .slice(1)
        .map(Number);
    const [top, whole] = height(peerPodsBroken.captures);
    const [lower, less] = height(peerPodsBroken.captures.map((capture) => ({ ...capture, host: null })));
    expect(top).toBe(0);
    expect(lower).toBeGreaterThan(0);
    expect(less).toBe(whole! - lower!);
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

  test('paper changes all sizes alike', async () => {
    const page = write(peerPodsBroken).replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
    const sizes = `['h1', 'h2', 'h3', 'p', '.kind', 'pre code', 'figcaption', 'td', 'td.data', 'th', 'footer']
      .map((each) => parseFloat(getComputedStyle(page.querySelector(each)).fontSize))`;
    const screen = (await measure(page, 700, sizes)) as number[];
    const paper = (await measure(page.replace('@media print', '@media all'), 700, sizes)) as number[];
    for (const [index, size] of paper.entries()) expect(size / screen[index]!).toBeCloseTo(9.5 / 12, 3);
  }, 60_000);

  test.each([400, 700, 1200])(
    'at %i pixels nothing but tables and the picture is wider than the window, and remarks are seen however far those are scrolled',
    async (width) => {
      const beyond = `[...page.querySelectorAll('h1, h2, h3, p, pre, figcaption, .scroll, .remarks div')]
        .map((each) => each.getBoundingClientRect())
        .filter((box) => box.width === 0 || box.left < 0 || box.right > ${width}).length`;
      const scrolled = `[...page.querySelectorAll('.scroll')].map((each) => { each.scrollLeft = 1e6; return each.scrollLeft; })`;
      const lines = `[...page.querySelectorAll('td.frame')].map((cell) => {
        const range = page.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
      })`;
      const page = write(peerPodsBroken);
      const seen = await measure(
        page,
        width,
        `[${beyond}, ${scrolled}.some((left) => left > 0), ${beyond}, Math.max(...${lines})]`,
      );
      expect(seen).toEqual([0, width < 1200, 0, 1]);
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
