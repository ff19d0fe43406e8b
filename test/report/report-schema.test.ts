import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFiles } from '../../src/cluster/read-files.js';
import type { CheckReport } from '../../src/report/check-report.js';
import { renderJson } from '../../src/report/json.js';
import { reportSchema } from '../../src/report/report-schema.js';
import { checkInputs } from '../../src/world/check.js';
import { resolveWorld } from '../../src/world/resolve-world.js';
import { type JsonSchema, schemaViolations } from '../support/schemas/json-schema-check.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('schemas/report.schema.json is this schema (npm run docs:schemas renews it)', async () => {
  await expect(`${JSON.stringify(reportSchema, undefined, 2)}\n`).toMatchFileSnapshot(
    `${root}schemas/report.schema.json`,
  );
});

/** The same schema without room for members that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema && 'required' in schema ? { ...inner, additionalProperties: false } : inner;
}

const violations = (report: CheckReport): string[] =>
  schemaViolations(closed(reportSchema) as JsonSchema, JSON.parse(renderJson(report)));

async function classroom(settings: object): Promise<CheckReport> {
  const { inputs } = await readFiles([`${root}fixtures/classroom`], async () => Buffer.from(''));
  const { world } = resolveWorld('classroom', { fallback: 'classroom' });
  const broken = { file: 'broken.yaml', text: 'kind: [' };
  return checkInputs([...inputs, broken], world, { now: new Date('2026-11-23T10:00:00Z'), ...settings });
}

test.each([
  ['once settled', {}],
  ['at a stated time', { atSeconds: 900 }],
  ['with its steps', { withSteps: true }],
  ['with ignored rules', { ignore: ['REF03', 'KEY03'] }],
])(
  'the report on the classroom %s is as the schema says, and has nothing that it does not name',
  async (_, settings) => {
    const report = await classroom(settings);
    expect(report.pods.length).toBeGreaterThan(20);
    expect(violations(report)).toEqual([]);
  },
);

test('the schema refuses what is no report', () => {
  const report = { apiVersion: 'pullsim/v2', kind: 'CheckReport', summary: {}, errors: [], pods: [{}] };
  const found = schemaViolations(reportSchema as JsonSchema, report);
  expect(found).toContain('$.apiVersion: pullsim/v2 instead of pullsim/v1');
  expect(found).toContain('$: findings is missing');
  expect(found).toContain('$.pods[0]: images is missing');
});

test('all descriptions are in the folder that the package publishes', () => {
  expect(readdirSync(`${root}schemas`).sort()).toEqual([
    'control.openapi.json',
    'report.schema.json',
    'world.schema.json',
  ]);
});
