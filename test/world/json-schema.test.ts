import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonSchemaOf } from '../../src/world/json-schema.js';
import { worldShape } from '../../src/world/world-schema.js';

const published = fileURLToPath(new URL('../../fixtures/worlds/world.schema.json', import.meta.url));

test('the published JSON Schema says what the reader checks (node scripts/world-schema.mjs renews it)', () => {
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(jsonSchemaOf(worldShape, 'pullsim world file'))),
  );
});

test('the schema refuses unknown keys and names the required ones', () => {
  expect(jsonSchemaOf(worldShape, 't')).toMatchObject({
    type: 'object',
    required: ['apiVersion', 'kind'],
    additionalProperties: false,
    properties: {
      registries: { type: 'array', items: { required: ['host'], additionalProperties: false } },
      undeclared: { enum: ['error', 'public', 'private'] },
    },
  });
});
