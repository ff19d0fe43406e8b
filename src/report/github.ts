import type {
  CheckReport,
  ReportedError,
  ReportedFinding,
  ReportedImage,
  ReportedPod,
  ReportedSource,
  Severity,
} from './check-report.js';
import { summaryLine } from './summary-line.js';

/**
 * The report as workflow commands of GitHub Actions, which become annotations beside the lines of a pull request, and one
 * plain line with the count. The same finding on several nodes is told once.
 */
export function renderGithub(report: CheckReport): string {
  const commands = [
    ...report.errors.map(errorCommand),
    ...report.findings.map((finding) => findingCommand(finding)),
    ...report.pods.flatMap(podCommands),
  ];
  return `${[...new Set(commands), escapeData(summaryLine(report))].join('\n')}\n`;
}

interface Annotation {
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly source?: ReportedSource | null | undefined;
}

const errorCommand = ({ message, kind, source }: ReportedError): string =>
  command({ severity: 'error', title: kind, message, source });

function podCommands(pod: ReportedPod): readonly string[] {
  const name = `${pod.namespace}/${pod.name}`;
  const told = pod.findings.map((finding) => findingCommand(finding, pod));
  const unknown = pod.images
    .filter(({ verdict }) => verdict === 'unknown')
    .map((image) => unknownCommand(name, image));
  return [...lostCommands(pod, name), ...told, ...unknown];
}

/** A pod that runs nowhere. */
function lostCommands({ rejected, node, events, source }: ReportedPod, name: string): readonly string[] {
  if (rejected !== undefined)
    return [command({ severity: 'error', title: `${name} is rejected`, message: rejected.message, source })];
  const event = node === null ? events.find(({ type }) => type === 'Warning') : undefined;
  return event === undefined
    ? []
    : [command({ severity: 'warning', title: `${name} is not scheduled`, message: event.message, source })];
}

const unknownCommand = (pod: string, { container, image, message, source }: ReportedImage): string =>
  command({
    severity: 'warning',
    title: `${pod} ${container}: could not decide`,
    message: `${image}: ${message ?? 'unknown'}`,
    source,
  });

function findingCommand(
  { rule, severity, container, message, fix, source }: ReportedFinding,
  pod?: ReportedPod,
): string {
  const where =
    pod === undefined ? '' : ` ${pod.namespace}/${pod.name}${container === undefined ? '' : ` ${container}`}`;
  return command({
    severity,
    title: `${rule}${where}`,
    message: fix === '' ? message : `${message}\nfix: ${fix}`,
    source: source ?? pod?.source,
  });
}

const commandNames = { error: 'error', warning: 'warning', info: 'notice' } as const satisfies Record<
  Severity,
  string
>;

function command({ severity, title, message, source }: Annotation): string {
  const properties = [...placeProperties(source), `title=${escapeProperty(title)}`];
  return `::${commandNames[severity]} ${properties.join(',')}::${escapeData(message)}`;
}

/** A stream is no file of the repository, but the template that rendered it is; which line of it, nobody says. */
function placeProperties(source: ReportedSource | null | undefined): readonly string[] {
  if (source === undefined || source === null) return [];
  if (source.file !== '-') return [`file=${escapeProperty(source.file)}`, `line=${source.line}`];
  return source.template === undefined ? [] : [`file=${escapeProperty(source.template)}`];
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
