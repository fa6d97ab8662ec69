import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { VXTRACE_VERSION: '"0.0.0-test"' },
  test: {
    include: ['test/**/*.test.ts'],
    env: { TZ: 'UTC' },
    testTimeout: 20_000,
  },
});
