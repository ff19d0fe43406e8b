import { describe, expect, test } from 'vitest';
import { type DescribedEvent, describeEvents } from '../../src/kubelet/describe-events.js';
import { kubectlRelease } from '../../src/versions/kubectl.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface Table {
  readonly scenario: string;
  readonly lines: readonly string[];
  readonly input: readonly DescribedEvent[];
}

const tables = vectorSection<Table>('describe', 'tables');

describe('the events table of kubectl describe is printed as recorded', () => {
  test('the section was read', () => expect(Array.isArray(tables)).toBe(true));

  tables.forEach((table, index) => {
    test(caseName('tables', index, { ...table }), () => {
      expect(describeEvents(table.input, kubectlRelease('1.36'))).toEqual(table.lines);
    });
  });
});
