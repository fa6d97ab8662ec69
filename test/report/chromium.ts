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
