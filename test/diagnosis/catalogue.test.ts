import { expect, test } from 'vitest';
import { explainError } from '../../src/diagnosis/explain-error.js';
import { findRule } from '../../src/diagnosis/rules.js';
import { unseenCauses } from '../../src/diagnosis/unseen-causes.js';
import { catalogueIds } from './catalogue-ids.js';

const unseen = unseenCauses.map(({ id }) => id);

test('every cause of the catalogue is a rule, or listed with the reason why there is none', () => {
  expect(catalogueIds.length).toBe(119);
  expect(catalogueIds.filter((id) => findRule(id) === undefined && !unseen.includes(id))).toEqual([]);
});

test('no cause is both, and none is listed that the catalogue does not have', () => {
  expect(unseen.filter((id) => findRule(id) !== undefined)).toEqual([]);
  expect(unseen.filter((id) => !catalogueIds.includes(id))).toEqual([]);
  expect(new Set(unseen).size).toBe(unseen.length);
});

const source = { file: 'pod.yaml', line: 7 };
const refusal = { kind: 'refused', message: 'json: cannot unmarshal …', source } as const;

test('a list of bare names is REF09, an object for a name HELM01', () => {
  const list = ['spec', 'imagePullSecrets', 0];
  const bare = { path: list, found: 'string', wanted: 'v1.LocalObjectReference' };
  const nested = { path: [...list, 'name'], found: 'object', wanted: 'string' };
  expect(explainError({ ...refusal, mismatch: bare })).toMatchObject({ rule: 'REF09', source });
  expect(explainError({ ...refusal, mismatch: nested })).toMatchObject({ rule: 'HELM01', source });
});

test('other refused objects say enough themselves', () => {
  expect(explainError(refusal)).toBeUndefined();
  const port = { path: ['spec', 'ports'], found: 'string', wanted: 'int32' };
  expect(explainError({ ...refusal, mismatch: port })).toBeUndefined();
});
