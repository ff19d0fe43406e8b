import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/report/exit-code.js';
import { checkReport, failedPod, keyFinding, pulledImage, reportedPod } from '../support/report.js';

const warned = reportedPod({ findings: [keyFinding({ severity: 'warning' })] });
const unknown = reportedPod({ images: [pulledImage({ verdict: 'unknown' })] });
const rejected = reportedPod({ images: [], node: null, rejected: { message: 'no' } });
const unscheduled = reportedPod({ images: [], node: null, phase: 'Pending', status: 'Pending' });
const blocked = reportedPod({ images: [pulledImage({ verdict: 'blocked' })] });
const unreadable = { kind: 'unreadable' as const, message: 'bad YAML' };
const refused = { kind: 'refused' as const, message: 'Secret "x" is invalid' };

describe('the exit code', () => {
  test.each([
    ['every image would be pulled', checkReport([reportedPod()]), 0],
    ['nothing was given', checkReport([]), 0],
    ['some image would not be pulled', checkReport([reportedPod(), failedPod()]), 1],
    ['a pod is refused', checkReport([rejected]), 1],
    ['an object is refused', checkReport([reportedPod()], { errors: [refused] }), 1],
    ['something could not be decided', checkReport([reportedPod(), unknown]), 3],
    ['no node takes a pod', checkReport([unscheduled]), 3],
    ['an image was not tried, and nothing failed', checkReport([blocked]), 0],
    ['there is a warning', checkReport([warned]), 0],
  ])('is right when %s', (_, report, code) => {
    expect(exitCodeOf(report)).toBe(code);
  });

  test('unreadable input outweighs a failure, and a failure what could not be decided', () => {
    expect(exitCodeOf(checkReport([failedPod()], { errors: [unreadable, refused] }))).toBe(2);
    expect(exitCodeOf(checkReport([failedPod(), unknown]))).toBe(1);
  });

  test('--fail-on warning adds warnings', () => {
    expect(exitCodeOf(checkReport([warned]), 'warning')).toBe(1);
    expect(exitCodeOf(checkReport([], { findings: [keyFinding({ severity: 'warning' })] }), 'warning')).toBe(
      1,
    );
    expect(exitCodeOf(checkReport([], { findings: [keyFinding({ severity: 'info' })] }), 'warning')).toBe(0);
  });

  test('--fail-on never turns 1 into 0 and nothing else', () => {
    expect(exitCodeOf(checkReport([failedPod()]), 'never')).toBe(0);
    expect(exitCodeOf(checkReport([unknown]), 'never')).toBe(3);
    expect(exitCodeOf(checkReport([failedPod()], { errors: [unreadable] }), 'never')).toBe(2);
  });
});
