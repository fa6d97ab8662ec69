/** What tests of live capture stand on: a folder, the built program, and a real overlay, removed again at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Overlay } from './overlay.ts';
import { buildProgram } from './program.ts';

/** Milliseconds that it may take to make, and to remove, on a machine that is busy. */
const PATIENCE = 60_000;

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
  let making: Promise<void> | undefined;
  const make = async (): Promise<void> => {
    program = await buildProgram();
    overlay = await build();
  };
  beforeAll(() => {
    making = make();
    return making;
  }, PATIENCE);
  afterAll(async () => {
    // It may still be in the making, where that took too long: what is made then is removed, too.
    await making?.catch(() => {});
    overlay?.remove();
    program?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, PATIENCE);
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
