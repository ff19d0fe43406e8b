import { findRule } from '../diagnosis/rules.js';
import type {
  CheckReport,
  ReportedError,
  ReportedFinding,
  ReportedPod,
  ReportedSource,
  Severity,
} from './check-report.js';

export interface SarifOptions {
  /** Of pullsim. */
  readonly version?: string;
}

/**
 * The report as SARIF 2.1.0, for code scanning: one result per finding, refused or unreadable object, and pod that no node
 * takes or image that could not be decided. The same result on several nodes is told once.
 */
export function renderSarif(report: CheckReport, { version }: SarifOptions = {}): string {
  const told = distinct([
    ...report.errors.map(errorEntry),
    ...report.findings.map((finding) => findingEntry(finding)),
    ...report.pods.flatMap(podEntries),
  ]);
  const ids = [...new Set(told.map(({ rule }) => rule))].sort();
  const run = {
    tool: { driver: driverOf(ids, version) },
    invocations: [{ executionSuccessful: report.errors.every(({ kind }) => kind !== 'unreadable') }],
    results: told.map((entry) => resultOf(entry, ids.indexOf(entry.rule))),
    columnKind: 'utf16CodeUnits',
  };
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, undefined, 2)}\n`;
}

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';

/** One result before it is SARIF. */
interface Entry {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
  readonly source: ReportedSource | null | undefined;
  /** `default/web/app`; empty for what belongs to no pod. */
  readonly object: string;
}

/** What is told that is no rule of the catalogue. */
const ownRules = {
  unreadable: 'Input that cannot be read',
  refused: 'Object that the API server refuses',
  unscheduled: 'Pod that no node takes',
  undecided: 'Image of which the world does not say enough',
} as const satisfies Record<string, string>;

const errorEntry = ({ message, kind, source }: ReportedError): Entry => ({
  rule: kind,
  severity: 'error',
  message,
  fix: '',
  source,
  object: '',
});

const findingEntry = (finding: ReportedFinding, pod?: ReportedPod): Entry => ({
  ...finding,
  source: finding.source ?? pod?.source,
  object: pod === undefined ? '' : objectOf(pod, finding.container),
});

const objectOf = ({ namespace, name }: ReportedPod, container: string | undefined): string =>
  `${namespace}/${name}${container === undefined ? '' : `/${container}`}`;

function podEntries(pod: ReportedPod): readonly Entry[] {
  const own = { fix: '', source: pod.source, object: objectOf(pod, undefined) };
  const findings = pod.findings.map((finding) => findingEntry(finding, pod));
  if (pod.rejected !== undefined)
    return [{ ...own, rule: 'refused', severity: 'error', message: pod.rejected.message }, ...findings];
  const event = pod.node === null ? pod.events.find(({ type }) => type === 'Warning') : undefined;
  const unscheduled: readonly Entry[] =
    event === undefined ? [] : [{ ...own, rule: 'unscheduled', severity: 'warning', message: event.message }];
  const undecided = pod.images
    .filter(({ verdict }) => verdict === 'unknown')
    .map(
      ({ container, image, message, source }): Entry => ({
        rule: 'undecided',
        severity: 'warning',
        message: `${image}: ${message ?? 'unknown'}`,
        fix: '',
        source,
        object: objectOf(pod, container),
      }),
    );
  return [...unscheduled, ...findings, ...undecided];
}

const distinct = (entries: readonly Entry[]): readonly Entry[] => [
  ...new Map(
    entries.map((entry) => [JSON.stringify([entry.rule, entry.object, entry.message, entry.source]), entry]),
  ).values(),
];

const levels = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<
  Severity,
  string
>;

function driverOf(ids: readonly string[], version: string | undefined) {
  return {
    name: 'pullsim',
    ...(version !== undefined && { semanticVersion: version }),
    rules: ids.map(descriptorOf),
  };
}

function descriptorOf(id: string) {
  const rule = findRule(id);
  if (rule === undefined) {
    const text = Object.hasOwn(ownRules, id) ? ownRules[id as keyof typeof ownRules] : id;
    return { id, shortDescription: { text } };
  }
  const [helpUri] = rule.links;
  return {
    id,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.why },
    ...(helpUri !== undefined && { helpUri }),
    help: { text: `${rule.why}\n${rule.links.join('\n')}`.trimEnd() },
    defaultConfiguration: { level: levels[rule.severity] },
  };
}

function resultOf({ rule, severity, message, fix, source, object }: Entry, ruleIndex: number) {
  const location = {
    ...(source && { physicalLocation: physicalLocation(source) }),
    ...(object !== '' && { logicalLocations: [{ fullyQualifiedName: object, kind: 'resource' }] }),
  };
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[severity],
    message: { text: fix === '' ? message : `${message}\n\n${fix}` },
    locations: [location],
    // Stays the same while lines move: code scanning knows a result again by it.
    partialFingerprints: { 'pullsim/v1': `${rule}:${object}:${source?.file ?? ''}` },
  };
}

/** A stream has no name in a repository: its templates have, without lines; without them it is called what it is. */
function physicalLocation({ file, line, template }: ReportedSource) {
  if (file === '-' && template !== undefined) return { artifactLocation: { uri: uriOf(template) } };
  return { artifactLocation: { uri: file === '-' ? 'stdin' : uriOf(file) }, region: { startLine: line } };
}

/** A relative file stays relative: readers find it in the repository. */
function uriOf(file: string): string {
  const path = file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  const plain = path.replace(/^(?:\.\/)+/, '');
  return plain.startsWith('/') ? `file://${plain}` : plain;
}
