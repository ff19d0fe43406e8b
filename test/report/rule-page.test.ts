import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findRule, rules } from '../../src/diagnosis/rules.js';
import { unseenCauses } from '../../src/diagnosis/unseen-causes.js';
import { ruleIndex, rulePage, unseenPage } from '../../src/report/rule-page.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const context = { titleOf: (id: string) => findRule(id)?.title ?? '' };

describe('the documentation of the rules (npm run docs:rules renews it)', () => {
  test.each(rules.map((rule) => [rule.id, rule] as const))('%s is what docs/rules says', async (id, rule) => {
    await expect(rulePage(rule, context)).toMatchFileSnapshot(`${docs}rules/${id}.md`);
  });

  test('the index has every rule', async () => {
    await expect(ruleIndex(rules)).toMatchFileSnapshot(`${docs}rules/README.md`);
  });

  test('the causes that are not seen are listed', async () => {
    await expect(unseenPage(unseenCauses)).toMatchFileSnapshot(`${docs}causes-not-seen.md`);
  });

  test('no page is left of a rule that is gone', () => {
    const pages = readdirSync(`${docs}rules`).map((file) => file.replace(/\.md$/, ''));
    expect(pages.filter((id) => id !== 'README' && findRule(id) === undefined)).toEqual([]);
  });
});
