import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { worldShape } from '../../src/world/world-schema.js';
import { referenceOf } from './world-reference.js';

const page = fileURLToPath(new URL('../../docs/world-file.md', import.meta.url));

const introduction = `# The world file, \`pullsim.yaml\`

What exists outside the manifests: registries, users, repositories, images, nodes. \`check\` and \`serve\` read the file that \`--config\` names, else
\`pullsim.yaml\` in the working directory; \`--config classroom\` is the [bundled one](../fixtures/worlds/classroom.yaml). \`pullsim init\` writes one from manifests.

A wrong or unknown key is a mistake, told with its line. Editors know the keys from [world.schema.json](../schemas/world.schema.json):

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/pullsim/schemas/world.schema.json
apiVersion: pullsim/v1
kind: World
registries:
  - host: registry.example.com
    users: [{ name: ci, password: made-up-for-the-test }]
    repositories:
      - { name: team/app, tags: { "1.0": {} } }
\`\`\`

This page is generated from the table that the reader itself uses (\`npm run docs:world\`). Paths are relative to the world file.

`;

test('docs/world-file.md says what the reader reads (npm run docs:world renews it)', async () => {
  await expect(introduction + referenceOf(worldShape)).toMatchFileSnapshot(page);
});

test('every key of every level has its row', () => {
  const reference = referenceOf(worldShape);
  for (const title of [
    'registries[]',
    'registries[].repositories[].tags.NAME',
    'registries[].limits.pulls',
    'nodes[]',
  ])
    expect(reference).toContain(`\n## \`${title}\`\n`);
  expect(reference).toContain('| `host` (required) | ');
});
