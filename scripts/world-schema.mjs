// Writes the JSON Schema of the world file from the same table that checks it: `node scripts/world-schema.mjs`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonSchemaOf } from '../dist/world/json-schema.js';
import { worldShape } from '../dist/world/world-schema.js';

const file = fileURLToPath(new URL('../fixtures/worlds/world.schema.json', import.meta.url));
writeFileSync(file, `${JSON.stringify(jsonSchemaOf(worldShape, 'pullsim world file'), null, 2)}\n`);
