/** A real browser, to see what it makes of a page. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nothing here may reach for the network: the page is a local file, and the browser's own services are off. */
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Loads a page from a file and returns the document as the browser understood it, and what it logged (console included). */
export async function load(html: string): Promise<{ document: string; log: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'vxtrace-chromium-'));
  try {
    const file = join(folder, 'report.html');
    await writeFile(file, html);
    return await dump(file, join(folder, 'profile'));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Shows a page in a frame `width` pixels wide and returns what an expression comes to there. The expression is
 * JavaScript over `page`, the page's document, and is evaluated outside the page, whose policy allows no script.
 */
export async function measure(html: string, width: number, expression: string): Promise<unknown> {
  const script = `onload = () => {
    const page = document.querySelector('iframe').contentDocument;
    document.body.textContent = JSON.stringify(${expression});
  };`;
  const frame = `<iframe width="${width}" height="900" style="border:0" srcdoc="${html.replace(/[&"]/g, (sign) => (sign === '&' ? '&amp;' : '&quot;'))}"></iframe>`;
  const { document } = await load(
    `<!doctype html><meta charset="utf-8"><body>${frame}<script>${script}</script></body>`,
  );
  return JSON.parse(/<body>(.*?)<\/body>/s.exec(document)![1]!);
}

function dump(file: string, profile: string): Promise<{ document: string; log: string }> {
  return new Promise((resolve, reject) => {
    const options = [...QUIET, '--enable-logging=stderr', '--v=0', `--user-data-dir=${profile}`, '--dump-dom'];
    const browser = spawn('chromium', [...options, `file://${file}`], { timeout: 60_000 });
    let document = '';
    let log = '';
    browser.stdout.setEncoding('utf8').on('data', (text: string) => {
      document += text;
    });
    browser.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    browser.on('error', reject);
    browser.on('close', (status) => {
      if (status === 0) resolve({ document, log });
      else reject(new Error(`chromium ended with ${status}: ${log}`));
    });
  });
}
