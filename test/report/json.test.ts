import { expect, test } from 'vitest';
import type { CheckReport } from '../../src/report/check-report.js';
import { renderJson } from '../../src/report/json.js';
import { checkReport, failedPod, reportedPod } from '../support/report.js';

const backwards = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, backwards(inner)]),
  );
};

test('keys come in the order of the contract, whatever order they were made in', () => {
  const report = checkReport([reportedPod(), failedPod()]);
  const json = renderJson(report);
  expect(renderJson(backwards(report) as CheckReport)).toBe(json);
  expect(JSON.parse(json)).toEqual(report);
  expect(Object.keys(JSON.parse(json))).toEqual([
    'apiVersion',
    'kind',
    'summary',
    'errors',
    'findings',
    'pods',
  ]);
  expect(Object.keys(JSON.parse(json).pods[0].images[0]).slice(0, 4)).toEqual([
    'container',
    'kind',
    'image',
    'reference',
  ]);
});

test('keys that the contract does not name are kept, at the end', () => {
  const report = { later: 1, ...checkReport([]) };
  expect(Object.keys(JSON.parse(renderJson(report))).at(-1)).toBe('later');
});

test('ends with a line feed', () => {
  expect(renderJson(checkReport([]))).toMatch(/\}\n$/);
});
