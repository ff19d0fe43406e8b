import { expect } from 'vitest';
import type { Answer } from '../http-exchange.js';

/** What header matchers need beside the answer. */
export interface HeaderContext {
  readonly substitute: (text: string) => string;
  /** Resolves a Location, and what it is compared with, against the request. */
  readonly resolve: (location: string) => string;
}

/** @throws for a matcher that the vectors do not explain, and when one does not match */
export function compareHeaders(
  expected: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  answer: Answer,
  context: HeaderContext,
): void {
  for (const [name, rules] of Object.entries(expected)) {
    for (const [word, value] of Object.entries(rules)) {
      const matcher = matchers[word];
      if (matcher === undefined) throw new Error(`the header matcher "${word}" is not explained`);
      matcher({ name, value, rules, context, actual: headerOf(answer, name) });
    }
  }
}

interface Comparison {
  readonly name: string;
  readonly value: unknown;
  readonly rules: Readonly<Record<string, unknown>>;
  readonly actual: string | undefined;
  readonly context: HeaderContext;
}

const headerOf = (answer: Answer, name: string): string | undefined => {
  const value = answer.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

const comparable = ({ name, context }: Comparison, text: string | undefined) =>
  name === 'location' && text !== undefined ? context.resolve(text) : text;

const wanted = (comparison: Comparison) => comparison.context.substitute(String(comparison.value));

const matchers: Readonly<Record<string, (comparison: Comparison) => void>> = {
  equals: (c) => expect(comparable(c, c.actual), c.name).toBe(comparable(c, wanted(c))),
  notEquals: (c) => expect(comparable(c, c.actual), c.name).not.toBe(comparable(c, wanted(c))),
  matches: (c) => expect(c.actual ?? '', c.name).toMatch(new RegExp(escapedPlaceholders(c))),
  present: (c) => expect(c.actual !== undefined, `${c.name} is present`).toBe(c.value),
  absent: (c) => expect(c.actual === undefined, `${c.name} is absent`).toBe(c.value),
  notContains: (c) => expect(c.actual ?? '', c.name).not.toContain(wanted(c)),
  listContains: (c) => {
    const items = (c.actual ?? '').split(',').map((item) => item.trim());
    const all = (c.value as readonly string[]).map(c.context.substitute);
    expect(items, c.name).toEqual(expect.arrayContaining(all));
  },
  lessBy: (c) =>
    expect(numberOf(c.actual), c.name).toBe(
      numberOf(c.context.substitute(String(c.rules.than))) - Number(c.value),
    ),
  than: () => undefined,
  totalMaxBytes: (c) =>
    expect(Buffer.byteLength(c.actual ?? ''), c.name).toBeLessThanOrEqual(Number(c.value)),
};

const numberOf = (header: string | undefined) => Number(header?.split(';')[0]);

/** Placeholders are substituted and escaped first, and the rest is the expression. */
function escapedPlaceholders({ value, context }: Comparison): string {
  return String(value).replace(/\{[A-Za-z][A-Za-z0-9]*(?::[^{}]*)?\}/g, (placeholder) =>
    context.substitute(placeholder).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'),
  );
}
