import { defineConfig } from 'vitest/config';
import { importedKernel } from './scripts/kernel.mjs';

export default defineConfig({
  plugins: [importedKernel()],
  define: { VXTRACE_VERSION: '"0.0.0-test"' },
  test: {
    include: ['test/**/*.test.ts'],
    env: { TZ: 'UTC' },
    testTimeout: 20_000,
    // Scenarios of the lab that are made at the same time; most of their time they wait.
    maxConcurrency: 3,
  },
});
