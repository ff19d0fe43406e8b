import { describe, expect, test } from 'vitest';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { runCase } from '../support/conformance/run-case.js';
import type { ConformanceCase } from '../support/conformance/vector.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { caseName, vectorSection } from '../support/vectors.js';

const cases = vectorSection<ConformanceCase>('conformance', 'cases');

/** These belong to vendors' registries: pending, by id. */
const isPending = ({ level, area }: ConformanceCase) => level === 'PERSONALITY' || area === 'vendor';

const otherCase = (id: string) => cases.find((other) => other.id === id);

describe('conformance', () => {
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  for (const [index, vector] of cases.entries()) {
    const name = caseName('cases', index, vector as unknown as Record<string, unknown>);
    if (isPending(vector)) test.todo(name);
    else test(name, () => runCase(vector, { otherCase }));
  }
});

describe('conformance, stored in image layouts', () => {
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  for (const [index, vector] of cases.entries()) {
    if (isPending(vector)) continue;
    const name = caseName('cases', index, vector as unknown as Record<string, unknown>);
    test(name, async () => {
      await using folder = await temporaryFolder();
      await runCase(vector, { otherCase, createStore: () => openLayoutStore(folder.path) });
      expect(await folder.outsiders()).toEqual([]);
    });
  }
});
