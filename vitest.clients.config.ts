import { defineConfig } from 'vitest/config';

// Real clients against a real `pullsim serve`. They need Debian packages, some of them root; a test says which package
// it skipped for. With PULLSIM_REQUIRE_CLIENTS=1, as in CI, a missing package fails instead.
export default defineConfig({
  test: {
    include: ['test/clients/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    retry: 0,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
