import { describe, expect, test } from 'vitest';
import { runCase } from '../support/conformance/run-case.js';
import type { ConformanceCase } from '../support/conformance/vector.js';
import { caseName, vectorSection } from '../support/vectors.js';

const cases = vectorSection<ConformanceCase>('conformance', 'cases');

/** These belong to vendors' registries: pending, by id. */
const isPending = ({ level, area }: ConformanceCase) => level === 'PERSONALITY' || area === 'vendor';

describe('conformance', () => {
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  for (const [index, vector] of cases.entries()) {
    const name = caseName('cases', index, vector as unknown as Record<string, unknown>);
    if (isPending(vector)) test.todo(name);
    else test(name, () => runCase(vector, { otherCase: (id) => cases.find((other) => other.id === id) }));
  }
});
