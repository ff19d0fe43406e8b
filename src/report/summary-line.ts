import type { CheckReport, CheckSummary } from './check-report.js';

const verdicts = [
  'pulled',
  'present',
  'failed',
  'unknown',
  'blocked',
] as const satisfies readonly (keyof CheckSummary)[];

/** `2 pods, 2 images: 1 pulled, 1 failed`; what there is none of is left out. */
export function summaryLine({ summary, errors, findings, ignored = [], pods }: CheckReport): string {
  const images = verdicts.filter((name) => summary[name] > 0).map((name) => `${summary[name]} ${name}`);
  const rejected = summary.rejected > 0 ? [`${counted(summary.rejected, 'pod')} rejected`] : [];
  const outcomes = [...images, ...rejected];
  const warnings = [findings, ...pods.map((pod) => pod.findings)]
    .flat()
    .filter(({ severity }) => severity === 'warning').length;
  const setAside = [ignored, ...pods.map((pod) => pod.ignored ?? [])].flat().length;
  const remarks = [
    ...(errors.length > 0 ? [counted(errors.length, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(setAside > 0 ? [`${counted(setAside, 'finding')} ignored`] : []),
  ];
  const head = `${counted(summary.pods, 'pod')}, ${counted(summary.images, 'image')}`;
  const tail = remarks.length === 0 ? '' : `; ${remarks.join(', ')}`;
  return `${head}${outcomes.length === 0 ? '' : `: ${outcomes.join(', ')}`}${tail}`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
