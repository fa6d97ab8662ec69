/** What tests of live capture stand on: a folder, the built program, and a real overlay, removed again at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Overlay } from './overlay.ts';
import { buildProgram } from './program.ts';

export interface Setting {
  readonly folder: string;
  /** There from the first test on. */
  readonly program: Awaited<ReturnType<typeof buildProgram>>;
  readonly overlay: Overlay;
}

/** Makes the setting of the tests of one `describe`, whose overlay `build` builds. */
export function setting(name: string, build: () => Promise<Overlay>): Setting {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  let program: Setting['program'] | undefined;
  let overlay: Overlay | undefined;
  beforeAll(async () => {
    program = await buildProgram();
    overlay = await build();
  });
  afterAll(() => {
    overlay?.remove();
    program?.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    get program() {
      return program!;
    },
    get overlay() {
      return overlay!;
    },
  };
}
