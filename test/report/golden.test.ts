/** Reports as they were when somebody read them and found them good. Update with `vitest -u`, and read the difference. */
import { describe, expect, test } from 'vitest';
import type { ReportFormat } from '../../src/report/options.ts';
import { render } from '../../src/report/render.ts';
import { FIXTURES } from './fixtures.ts';

const EXTENSIONS: Record<ReportFormat, string> = { text: 'txt', markdown: 'md', json: 'json', html: 'html' };

describe.each(Object.entries(FIXTURES))('%s', (name, report) => {
  test.each(Object.entries(EXTENSIONS))('as %s', async (format, extension) => {
    const written = [...render(format as ReportFormat, report, { color: false, width: 80 })].join('');
    await expect(written).toMatchFileSnapshot(`../golden/report/${name}.${extension}`);
  });

  test('as coloured text', async () => {
    const written = [...render('text', report, { color: true, width: 80 })].join('');
    await expect(written.replaceAll('\x1b', '␛')).toMatchFileSnapshot(`../golden/report/${name}.colour.txt`);
  });
});
