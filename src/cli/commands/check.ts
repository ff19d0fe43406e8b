import { closeSync, openSync, writeSync } from 'node:fs';
import { readFiles } from '../../cluster/read-files.js';
import type { CheckReport } from '../../report/check-report.js';
import { exitCodeOf, type FailOn } from '../../report/exit-code.js';
import { checkInputs } from '../../world/check.js';
import { milliseconds } from '../../world/duration.js';
import { resolveWorld } from '../../world/resolve-world.js';
import type { World } from '../../world/world.js';
import type { ExitCode } from '../exit-code.js';
import { type Output, readOutputs } from '../output-option.js';
import { batches, type Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { overrideWorld, type WorldOverrides } from '../world-overrides.js';

export interface CheckCommandOptions extends WorldOverrides {
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly output?: readonly string[];
  readonly config?: string;
  readonly failOn: FailOn;
  readonly at?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

export const checkFormats = ['text', 'wide', 'json'] as const;
type CheckFormat = (typeof checkFormats)[number];

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
  const resolved = resolveWorld(options.config, { fallback: 'none' });
  const world = overrideWorld(resolved.world, options);
  const { inputs, errors } = await readFiles(paths, () => terminal.readStdin());
  const report = await checkInputs(inputs, world, {
    now: new Date(),
    namespace: options.namespace,
    errors,
    atSeconds,
  });
  for (const output of outputs) await print(report, output, options, terminal);
  if (resolved.from.kind === 'none') hintAtWorld(report, world, terminal);
  return exitCodeOf(report, options.failOn);
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

async function print(
  report: CheckReport,
  { format, file }: Output<CheckFormat>,
  options: CheckCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const render = await rendererOf(format);
  const pieces = render(report, {
    color: file === undefined && terminal.colors,
    verbose: options.verbose ?? false,
    quiet: options.quiet ?? false,
  });
  if (file === undefined) await terminal.outPieces(pieces);
  else writeOutput(file, pieces);
}

interface RenderOptions {
  readonly color: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

type Renderer = (report: CheckReport, options: RenderOptions) => Iterable<string>;

async function rendererOf(format: CheckFormat): Promise<Renderer> {
  switch (format) {
    case 'text': {
      const { renderText } = await import('../../report/text.js');
      return (report, options) => [renderText(report, options)];
    }
    case 'wide': {
      const { renderWide } = await import('../../report/wide.js');
      return (report, options) => [renderWide(report, options)];
    }
    case 'json':
      return (await import('../../report/json.js')).renderJsonPieces;
    default:
      return format satisfies never;
  }
}

/** Written piece by piece: a large report need not be in memory twice. */
function writeOutput(file: string, pieces: Iterable<string>): void {
  try {
    const handle = openSync(file, 'w');
    try {
      for (const piece of batches(pieces)) writeSync(handle, piece);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
}

/** Without a world, images are unknown for a reason that is not in the manifests. */
function hintAtWorld({ summary }: CheckReport, { undeclared }: World, terminal: Terminal): void {
  if (summary.unknown === 0 || undeclared !== 'error') return;
  terminal.err(
    'pullsim: there is no pullsim.yaml here, so no registry is known. Write one (--config names another file, ' +
      '--config classroom the bundled example), or answer for this run with --undeclared public or private\n',
  );
}
