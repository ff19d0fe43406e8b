import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

/**
 * `describe` for suites that need programs of other packages: skipped, naming the package, where one is absent; with
 * `PULLSIM_REQUIRE_CLIENTS=1`, as in CI, the suite runs all the same and fails.
 */
export function describeWith(programs: readonly string[], title: string, suite: () => void): void {
  const absent = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  const skips = absent.length > 0 && process.env.PULLSIM_REQUIRE_CLIENTS !== '1';
  if (skips) describe.skip(`${title} (skipped: install the Debian package ${absent.join(', ')})`, suite);
  else describe(title, suite);
}
