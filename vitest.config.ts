import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Suites that need real clients or look at the clock have commands of their own.
    exclude: ['test/clients/**', 'test/timing/**'],
    reporters: ['default', './test/support/closing-line.ts'],
    retry: 0,
    testTimeout: 60_000,
  },
});
