import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles source files and what they import, for tests that need them in a process of its own, which can be killed.
 *
 * @param entries below src/: `registry/layout-store.ts`
 * @returns the folder that stands for src/
 */
export function compileSource(...entries: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'pullsim-compiled-'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: join(root, 'src'),
      outDir: folder,
      incremental: false,
      tsBuildInfoFile: null,
      declaration: false,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: entries.map((entry) => join(root, 'src', entry)),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const done = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`compiling ${entries.join(' ')} failed: ${done.stdout}${done.stderr}`);
  return folder;
}
