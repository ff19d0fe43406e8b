import { describe, expect, test } from 'vitest';
import { findRule, rules } from '../../src/diagnosis/rules.js';
import { checkScenario, findingsOf, scenarioRules } from '../support/scenario.js';

const withFolder = scenarioRules();

/** What no world file and no manifest can say; test/diagnosis has the scenario from recorded facts. */
const withoutFolder: Readonly<Record<string, string>> = {
  IMG08: "signature policies of CRI-O's policy.json are not imitated",
};

describe('every rule has a scenario', () => {
  test('and every scenario a rule', () => {
    const missing = rules.map(({ id }) => id).filter((id) => !withFolder.includes(id));
    expect(missing).toEqual(Object.keys(withoutFolder));
    expect(withFolder.filter((id) => findRule(id) === undefined)).toEqual([]);
  });

  test.each(withFolder)('%s speaks of its broken state, and no other rule calls it an error', async (id) => {
    const report = await checkScenario(id, 'broken');
    const findings = findingsOf(report);
    expect(findings.map(({ rule }) => rule)).toContain(id);
    const errors = findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
    const allowed = [id, ...(findRule(id)?.implies ?? [])];
    expect(errors.filter((rule) => !allowed.includes(rule))).toEqual([]);
    for (const finding of findings.filter(({ rule }) => rule === id))
      expect(finding.source, finding.message).toBeDefined();
  });

  test.each(withFolder)('%s is repaired by its fixed state: everything is pulled', async (id) => {
    const report = await checkScenario(id, 'fixed');
    expect(report.errors).toEqual([]);
    expect(findingsOf(report).filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(report.summary).toMatchObject({ failed: 0, unknown: 0, blocked: 0, rejected: 0 });
    expect(report.summary.pulled + report.summary.present).toBe(report.summary.images);
  });
});
