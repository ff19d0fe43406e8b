import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.js';
import { findRule, rules } from '../../src/diagnosis/rules.js';
import { scenarios } from './rule-scenarios.js';

const idsOf = (findings: readonly { rule: string; severity: string }[], severity: string) => [
  ...new Set(findings.filter((finding) => finding.severity === severity).map(({ rule }) => rule)),
];

describe('the table of rules', () => {
  test('has each id once, and refines and implies only rules that exist', () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const named = rules.flatMap(({ refines = [], implies = [] }) => [...refines, ...implies]);
    expect(named.filter((id) => findRule(id) === undefined)).toEqual([]);
  });

  test('tells of every rule why, and where to read more', () => {
    for (const { id, title, why, links } of rules) {
      expect(`${id} ${title}`).not.toMatch(/\.$/);
      expect(why, id).toMatch(/[.?]$/);
      expect(links.length, id).toBeGreaterThan(0);
    }
  });

  test('has a scenario for every rule', () => {
    const seen = rules.filter(({ about }) => about !== 'input').map(({ id }) => id);
    expect(seen.filter((id) => scenarios[id] === undefined)).toEqual([]);
  });

  test.each(Object.entries(scenarios))(
    '%s speaks of its broken state and no other rule calls it an error',
    (id, { broken, warns }) => {
      const { findings } = diagnose(broken);
      const implied = findRule(id)?.implies ?? [];
      const severity = findRule(id)?.severity ?? 'error';
      expect(idsOf(findings, severity)).toContain(id);
      if (warns) expect(idsOf(findings, 'error')).toEqual([]);
      else if (severity === 'error')
        expect(idsOf(findings, 'error').filter((other) => !implied.includes(other))).toEqual([id]);
    },
  );

  test.each(Object.entries(scenarios))(
    '%s is silent when it is repaired, and so are all others',
    (_, { fixed }) => {
      const { findings, explanations } = diagnose(fixed);
      // What works may still be worth a word: a password that ends tonight.
      expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(explanations.every((explanation) => explanation === null)).toBe(true);
    },
  );

  test.each(Object.entries(scenarios))('%s says what to do, and where', (id, { broken }) => {
    for (const finding of diagnose(broken).findings.filter(({ rule }) => rule === id)) {
      expect(finding.message).toMatch(/[.?]$/);
      expect(finding.fix).not.toBe('');
      expect(finding.source).toBeDefined();
    }
  });

  test.each(Object.entries(scenarios))('%s gives away no password', (_, { broken }) => {
    expect(JSON.stringify(diagnose(broken))).not.toMatch(/"pw"|cHc|:pw\b|PASSWORD|justatoken/);
  });
});
