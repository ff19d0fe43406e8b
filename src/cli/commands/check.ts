import { readFiles } from '../../cluster/read-files.js';
import type { CheckReport } from '../../report/check-report.js';
import { exitCodeOf, type FailOn } from '../../report/exit-code.js';
import { type AssumedSecret, parseAssumedSecret } from '../../world/assume-secrets.js';
import { checkInputs } from '../../world/check.js';
import { milliseconds } from '../../world/duration.js';
import { resolveWorld, worldFileName } from '../../world/resolve-world.js';
import type { World } from '../../world/world.js';
import { checkFormats } from '../check-formats.js';
import { collectEarly } from '../collect-early.js';
import type { ExitCode } from '../exit-code.js';
import { type IgnoreOptions, readIgnoredRules } from '../ignored-rules.js';
import { printKubeletLog } from '../kubelet-log.js';
import { readOutputs } from '../output-option.js';
import { printReport } from '../report-output.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { overrideWorld, type WorldOverrides } from '../world-overrides.js';

export interface CheckCommandOptions extends WorldOverrides, IgnoreOptions {
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly output?: readonly string[];
  readonly config?: string;
  readonly failOn: FailOn;
  readonly at?: string;
  readonly assumeSecret?: readonly string[];
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** `pullsim check`: judges the images of manifests and prints the report. */
export async function runCheck(
  files: readonly string[],
  options: CheckCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const outputs = readOutputs(options.output, checkFormats, 'text');
  const paths = [...files, ...(options.filename ?? [])];
  if (paths.length === 0)
    throw new UsageError('nothing to check: name files or folders, or - for standard input');
  const atSeconds = options.at === undefined ? undefined : readAge(options.at);
  const ignore = readIgnoredRules(options);
  const resolved = resolveWorld(options.config, { fallback: 'none' });
  const world = overrideWorld(resolved.world, options);
  collectEarly();
  const { inputs, errors } = await readFiles(paths, () => terminal.readStdin());
  const report = await checkInputs(inputs, world, {
    now: new Date(),
    namespace: options.namespace,
    errors,
    atSeconds,
    log: printKubeletLog(terminal, options),
    ignore,
    assumed: (options.assumeSecret ?? []).map(readAssumed),
  });
  for (const output of outputs) await printReport(report, output, options, terminal);
  if (resolved.from.kind === 'none') hintAtWorld(report, world, paths, terminal);
  return exitCodeOf(report, options.failOn);
}

function readAssumed(text: string): AssumedSecret {
  try {
    return parseAssumedSecret(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--assume-secret: ${error.message}`);
  }
}

/** The longest age that is worth its time; the kubelet forgets nothing more after that. */
const maxAgeMs = 30 * 24 * 60 * 60 * 1000;

/** @returns whole seconds: events and ages have no finer resolution */
function readAge(text: string): number {
  try {
    const age = milliseconds(text);
    if (age <= maxAgeMs) return Math.floor(age / 1000);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--at: ${error.message}`);
  }
  throw new UsageError(`--at: ${text} is too long: 30d is the longest`);
}

/** Without a world, images are unknown for a reason that is not in the manifests. */
function hintAtWorld(
  { summary }: CheckReport,
  { undeclared }: World,
  paths: readonly string[],
  terminal: Terminal,
): void {
  if (summary.unknown === 0 || undeclared !== 'error') return;
  terminal.err(
    `pullsim: there is no ${worldFileName} here, so no registry is known. Write one from these manifests:\n` +
      `  pullsim init ${paths.map(shellWord).join(' ')}\n` +
      'or answer for this run with --undeclared public or --undeclared private; --config classroom is the bundled example\n',
  );
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
