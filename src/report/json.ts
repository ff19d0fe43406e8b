import type { CheckReport } from './check-report.js';

/**
 * The report as JSON, with a line feed at its end. Keys come in the order of the contract, whatever order the values
 * were made in; keys that the contract does not name come last.
 */
export const renderJson = (report: CheckReport): string => [...renderJsonPieces(report)].join('');

/** As {@link renderJson}, pod by pod: the text of ten thousand pods is larger than the report. */
export function* renderJsonPieces(report: CheckReport): Generator<string, void> {
  const frame = JSON.stringify(inOrder({ ...report, pods: [] }, reportShape), undefined, 2);
  // Text inside JSON has no line feed: only the report's own member stands so.
  const mark = '\n  "pods": []';
  const at = frame.lastIndexOf(mark);
  if (report.pods.length === 0) return yield `${frame}\n`;
  yield `${frame.slice(0, at)}\n  "pods": [`;
  for (const [index, entry] of report.pods.entries()) {
    yield `${index === 0 ? '' : ','}\n    ${indentedTwice(inOrder(entry, pod))}`;
  }
  yield `\n  ]${frame.slice(at + mark.length)}\n`;
}

/** A value as it stands two levels down; to indent its text afterwards takes as long as to make it. */
function indentedTwice(value: unknown): string {
  const text = JSON.stringify([[value]], undefined, 2);
  return text.slice('[\n  [\n    '.length, -'\n  ]\n]'.length);
}

/** The order of keys; below a key the shape of its value, or of each of its items. */
interface KeyOrder {
  readonly [key: string]: KeyOrder | null;
}

const source: KeyOrder = { file: null, line: null, template: null };
const finding: KeyOrder = {
  rule: null,
  severity: null,
  container: null,
  message: null,
  fix: null,
  source,
};
const exchange: KeyOrder = { method: null, url: null, status: null, authorization: null, error: null };
const attempt: KeyOrder = {
  credential: { source: null, secret: null, key: null, username: null },
  error: null,
  exchanges: exchange,
};
const image: KeyOrder = {
  container: null,
  kind: null,
  image: null,
  reference: null,
  pullPolicy: null,
  verdict: null,
  reason: null,
  message: null,
  explanation: null,
  blockedBy: null,
  contentAssumed: null,
  source,
  attempts: attempt,
};
const event: KeyOrder = {
  type: null,
  reason: null,
  message: null,
  fieldPath: null,
  count: null,
  atSeconds: null,
  firstAtSeconds: null,
};
const pod: KeyOrder = {
  namespace: null,
  name: null,
  owner: null,
  source,
  node: null,
  phase: null,
  status: null,
  ready: null,
  rejected: { message: null },
  images: image,
  events: event,
  describe: null,
  findings: finding,
  ignored: finding,
};
const summary: KeyOrder = {
  pods: null,
  images: null,
  pulled: null,
  present: null,
  failed: null,
  unknown: null,
  blocked: null,
  rejected: null,
};
const reportShape: KeyOrder = {
  apiVersion: null,
  kind: null,
  atSeconds: null,
  summary,
  errors: { message: null, kind: null, source },
  findings: finding,
  ignored: finding,
  pods: pod,
};

function inOrder(value: unknown, shape: KeyOrder | null): unknown {
  if (Array.isArray(value)) return value.map((item) => inOrder(item, shape));
  if (typeof value !== 'object' || value === null || shape === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const ordered: Record<string, unknown> = {};
  for (const key of Object.keys(shape))
    if (key in given) ordered[key] = inOrder(given[key], shape[key] ?? null);
  for (const key of Object.keys(given)) if (!(key in ordered)) ordered[key] = given[key];
  return ordered;
}
