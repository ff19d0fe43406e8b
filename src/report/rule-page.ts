import type { Rule } from '../diagnosis/rule.js';
import type { UnseenCause } from '../diagnosis/unseen-causes.js';

/** What a rule's page has beside the rule: everything in it is optional reading. */
export interface RulePageContext {
  /** Titles of other rules by id. */
  readonly titleOf: (id: string) => string;
}

/** The page of a rule as Markdown: what it is, why it fails, how it stands to others, where to read more. */
export function rulePage(rule: Rule, { titleOf }: RulePageContext): string {
  const { id, title, severity, why, links } = rule;
  const named = (ids: readonly string[]) => ids.map((other) => `- ${other}: ${titleOf(other)}`);
  return [
    `# ${id}: ${title}`,
    '',
    `Severity: ${severity}. ${askedWhen(rule)}`,
    '',
    why,
    '',
    ...section('It replaces, where both fit', named(rule.refines ?? [])),
    ...section('Beside it may stand', named(rule.implies ?? [])),
    ...section(
      'Read more',
      links.map((link) => `- <${link}>`),
    ),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];

function askedWhen(rule: Rule): string {
  switch (rule.about) {
    case 'pod':
      return 'It speaks of a pod, and so of all its images.';
    case 'image':
      return 'It speaks of one image.';
    case 'input':
      return 'It speaks of the manifests.';
    default:
      return rule satisfies never;
  }
}

/** The list of all rules for a terminal. */
export const ruleList = (rules: readonly Rule[]): string =>
  rules
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, severity, title }) => `${id.padEnd(7)}  ${severity.padEnd(7)}  ${title}\n`)
    .join('');

/** The list of all rules as Markdown. */
export function ruleIndex(rules: readonly Rule[]): string {
  const rows = rules
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, title, severity }) => `| [${id}](${id}.md) | ${severity} | ${title} |`);
  return [
    '# Rules',
    '',
    'Every cause that pullsim tells, by its id. `pullsim explain KEY03` prints the same page.',
    'Causes without a rule are in [causes-not-seen.md](../causes-not-seen.md).',
    '',
    '| rule | severity | what it says |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** The causes without a rule as Markdown. */
export function unseenPage(causes: readonly UnseenCause[]): string {
  return [
    '# Causes that pullsim does not see',
    '',
    'Causes of failed pulls that are known, and for which there is no [rule](rules/README.md), with the reason.',
    '',
    '| cause | what it is | why there is no rule |',
    '| --- | --- | --- |',
    ...causes.map(({ id, cause, because }) => `| ${id} | ${cause} | ${because} |`),
    '',
  ].join('\n');
}
