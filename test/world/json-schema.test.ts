import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchemaOf } from '../../src/world/json-schema.js';
import { worldShape } from '../../src/world/world-schema.js';
import { type JsonSchema, schemaViolations } from '../support/schemas/json-schema-check.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const schema = JSON.parse(JSON.stringify(jsonSchemaOf(worldShape, 'pullsim world file'))) as JsonSchema;

test('schemas/world.schema.json says what the reader checks (npm run docs:schemas renews it)', async () => {
  await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(
    `${root}schemas/world.schema.json`,
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

test('the bundled world is as the schema says', () => {
  const world = parse(readFileSync(`${root}fixtures/worlds/classroom.yaml`, 'utf8'));
  expect(schemaViolations(schema, world)).toEqual([]);
  expect(schemaViolations(schema, { ...world, undeclared: 'maybe', more: 1 })).toEqual([
    '$.undeclared: maybe is none of error, public, private',
    '$: unknown property more',
  ]);
});
