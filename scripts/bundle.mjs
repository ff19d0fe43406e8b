// Joins what the compiler wrote into few files: a command that loads 300 small modules starts three times slower.
// Packages stay outside; the layout stays `dist/<folder>/<file>.js`, so that relative URLs keep their depth.
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');

const bundle = await rolldown({
  input: Object.fromEntries(
    ['index', 'cli/main', 'testing/assert', 'testing/mutators', 'testing/vitest'].map((entry) => [
      entry,
      join(dist, `${entry}.js`),
    ]),
  ),
  external: (id) => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('\0'),
  platform: 'node',
  logLevel: 'warn',
});
const { output } = await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
});
await bundle.close();

const written = new Set(output.map(({ fileName }) => fileName));
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name).slice(dist.length + 1);
  if (entry.isFile() && file.endsWith('.js') && !written.has(file)) rmSync(join(dist, file));
}
