import { expect, test } from 'vitest';
import { explainWarning } from '../../src/diagnosis/explain-warning.js';
import { findRule } from '../../src/diagnosis/rules.js';

const common = { message: 'unknown field "spec.x"', source: { file: 'a.yaml', line: 3 } };

test('an unknown field says what it may have been meant as', () => {
  const field = { ...common, kind: 'unknown-field', field: 'x' } as const;
  const spelling = { kind: 'spelling', field: 'imagePullSecrets' } as const;
  const level = { kind: 'level', field: 'spec.template.spec.imagePullSecrets' } as const;
  expect(explainWarning({ ...field, path: ['spec', 'imagePullSecret'], suggestion: spelling })).toEqual({
    rule: 'YAML01',
    severity: 'warning',
    message: 'unknown field "spec.x"',
    fix: 'write imagePullSecrets',
    source: { file: 'a.yaml', line: 3 },
  });
  expect(explainWarning({ ...field, path: ['spec', 'imagePullSecrets'], suggestion: level })).toMatchObject({
    rule: 'REF08',
    fix: 'move it to spec.template.spec.imagePullSecrets',
  });
  expect(explainWarning({ ...field, path: ['spec', 'x'] })).toMatchObject({
    rule: 'YAML01',
    fix: 'remove it',
  });
});

test.each([
  ['duplicate-field', 'YAML02', 'warning'],
  ['api-warning', 'API01', 'warning'],
  ['replaced', 'YAML03', 'warning'],
  ['not-an-object', 'YAML04', 'info'],
] as const)('%s is %s, a finding of severity %s', (kind, rule, severity) => {
  const warning = { ...common, kind, path: ['spec'] } as Parameters<typeof explainWarning>[0];
  expect(explainWarning(warning)).toMatchObject({ rule, severity });
  expect(findRule(rule)).toMatchObject({ about: 'input', severity });
});
