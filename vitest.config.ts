import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Suites that need real clients, root or Debian packages, and suites that look at the clock, have their own commands.
    exclude: ['test/clients/**', 'test/timing/**'],
    retry: 0,
  },
});
