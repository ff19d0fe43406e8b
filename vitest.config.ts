import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Suites that need real clients or look at the clock have commands of their own.
    exclude: ['test/clients/**', 'test/timing/**'],
    reporters: ['default', './test/support/closing-line.ts'],
    retry: 0,
    // Most of a test's time is waiting for sockets and child processes: a core for the runner itself would be idle.
    maxWorkers: '100%',
    testTimeout: 60_000,
  },
});
