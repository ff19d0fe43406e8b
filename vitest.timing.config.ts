import { defineConfig } from 'vitest/config';

// The one suite that looks at the clock: recorded cases that compare times.
export default defineConfig({
  test: {
    include: ['test/timing/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    retry: 0,
    fileParallelism: false,
    testTimeout: 120_000,
    passWithNoTests: true,
  },
});
