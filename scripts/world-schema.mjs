// Writes the JSON Schema of the world file from the same table that checks it: `node scripts/world-schema.mjs`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'pullsim-schema-'));
try {
  // From the sources: what is published in dist/ is joined into few files, and these are not among them.
  const bundle = await rolldown({
    input: ['json-schema', 'world-schema'].map((name) => join(root, `src/world/${name}.ts`)),
    platform: 'node',
    resolve: { extensionAlias: { '.js': ['.ts'] } },
  });
  await bundle.write({ dir: folder, entryFileNames: '[name].mjs' });
  await bundle.close();
  const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  const [{ jsonSchemaOf }, { worldShape }] = [await load('json-schema'), await load('world-schema')];
  const schema = `${JSON.stringify(jsonSchemaOf(worldShape, 'pullsim world file'), null, 2)}\n`;
  writeFileSync(join(root, 'fixtures/worlds/world.schema.json'), schema);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
