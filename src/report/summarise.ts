import type { CheckSummary, ReportedPod, Verdict } from './check-report.js';

/** Counts what the pods of a report came to. */
export function summarise(pods: readonly ReportedPod[]): CheckSummary {
  const verdicts: Record<Verdict, number> = { pulled: 0, present: 0, failed: 0, unknown: 0, blocked: 0 };
  let images = 0;
  for (const pod of pods) {
    images += pod.images.length;
    for (const { verdict } of pod.images) verdicts[verdict] += 1;
  }
  const rejected = pods.filter((pod) => pod.rejected !== undefined).length;
  return { pods: pods.length, images, ...verdicts, rejected };
}
