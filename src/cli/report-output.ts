import { closeSync, openSync, writeSync } from 'node:fs';
import type { CheckReport } from '../report/check-report.js';
import type { CheckFormat } from './check-formats.js';
import type { Output } from './output-option.js';
import { batches, type Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { readVersion } from './version.js';

/** How a person wants the report. */
export interface PrintOptions {
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/**
 * Prints a report in one format to where it is wanted.
 *
 * @throws {@link UsageError} when the file cannot be written
 */
export async function printReport(
  report: CheckReport,
  { format, file }: Output<CheckFormat>,
  options: PrintOptions,
  terminal: Terminal,
): Promise<void> {
  const render = await renderers[format]();
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

/** Each is loaded when it is asked for. */
const renderers: Readonly<Record<CheckFormat, () => Promise<Renderer>>> = {
  text: async () => {
    const { renderText } = await import('../report/text.js');
    return (report, options) => [renderText(report, options)];
  },
  wide: async () => {
    const { renderWide } = await import('../report/wide.js');
    return (report, options) => [renderWide(report, options)];
  },
  json: async () => (await import('../report/json.js')).renderJsonPieces,
  yaml: async () => inOne((await import('../report/yaml.js')).renderYaml),
  junit: async () => inOne((await import('../report/junit.js')).renderJunit),
  tap: async () => inOne((await import('../report/tap.js')).renderTap),
  sarif: async () => {
    const { renderSarif } = await import('../report/sarif.js');
    return inOne((report) => renderSarif(report, { version: readVersion() }));
  },
  github: async () => inOne((await import('../report/github.js')).renderGithub),
  markdown: async () => inOne((await import('../report/markdown.js')).renderMarkdown),
  har: async () => {
    const { renderHar } = await import('../report/har.js');
    return inOne((report) => renderHar(report, { version: readVersion() }));
  },
};

const inOne =
  (render: (report: CheckReport) => string): Renderer =>
  (report) => [render(report)];

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
