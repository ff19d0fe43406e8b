import { describe, expect, test } from 'vitest';
import { timeRequests } from '../support/conformance/run-case.js';
import type { ConformanceCase, StepRequest } from '../support/conformance/vector.js';
import { caseName, vectorSection } from '../support/vectors.js';

const cases = vectorSection<ConformanceCase>('conformance', 'cases').filter(
  ({ level, area }) => level !== 'PERSONALITY' && area !== 'vendor',
);
const setting = { otherCase: (id: string) => cases.find((other) => other.id === id) };
const asItIs = (request: StepRequest) => request;

describe('recorded cases that look at the clock', () => {
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  for (const [index, vector] of cases.entries()) {
    const name = caseName('cases', index, vector as unknown as Record<string, unknown>);
    const { maxMs, maxMedianRatio, samples = 200 } = vector;
    if (maxMs !== undefined) {
      test(`${name} is answered within ${maxMs} ms`, async () => {
        const [durations = []] = await timeRequests(vector, setting, [asItIs], { samples: 5, warmUp: 1 });
        expect(median(durations)).toBeLessThan(maxMs);
      });
    }
    if (maxMedianRatio !== undefined) {
      test(`${name}: an unknown user and a wrong password take like time`, async () => {
        const both = await timeRequests(vector, setting, [asItIs, ofKnownUser], { samples, warmUp: 20 });
        const [unknown = 0, wrong = 0] = both.map(median);
        expect(Math.max(unknown, wrong) / Math.min(unknown, wrong)).toBeLessThan(maxMedianRatio);
      });
    }
  }
});

/** The same login by somebody who exists. */
function ofKnownUser(request: StepRequest): StepRequest {
  const { auth } = request;
  if (typeof auth !== 'string' || !auth.startsWith('basic:'))
    throw new Error('the case has no Basic login to compare');
  return { ...request, auth: 'basic:rw:x' };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
}
