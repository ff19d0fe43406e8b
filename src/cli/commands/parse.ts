import { goQuote } from '../../image/go-quote.js';
import { defaultPullPolicy, InvalidImageName, parseImageName } from '../../image/reference.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { readOutputs } from '../output-option.js';
import type { Terminal } from '../terminal.js';

export interface ParseOptions {
  readonly output?: readonly string[];
}

export const parseFormats = ['text', 'json'] as const;

/** `pullsim parse IMAGE…`: what the kubelet makes of image names, before it looks for credentials. */
export async function runParse(
  images: readonly string[],
  options: ParseOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [output] = readOutputs(options.output, parseFormats, 'text');
  const parsed = images.map(parseOne);
  const print = output?.format === 'json' ? printJson : printText;
  terminal.out(print(parsed));
  return parsed.some((name) => name.error !== undefined) ? exitCodes.refused : exitCodes.ok;
}

type Parsed =
  | {
      readonly image: string;
      readonly error?: undefined;
      readonly registry: string;
      readonly repository: string;
      readonly tag: string;
      readonly digest: string;
      readonly reference: string;
      readonly runtimeName: string;
      readonly defaultPullPolicy: string;
    }
  | { readonly image: string; readonly reason: 'InvalidImageName'; readonly error: string };

function parseOne(image: string): Parsed {
  try {
    const { repository, tag, digest, runtimeName } = parseImageName(image);
    return {
      image,
      registry: repository.slice(0, repository.indexOf('/')),
      repository,
      tag,
      digest,
      reference: repository + (tag && `:${tag}`) + (digest && `@${digest}`),
      runtimeName,
      defaultPullPolicy: defaultPullPolicy(image),
    };
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    const text = `Failed to apply default image tag ${goQuote(image)}: ${error.message}`;
    return { image, reason: 'InvalidImageName', error: text };
  }
}

const printJson = (parsed: readonly Parsed[]): string => `${JSON.stringify(parsed, null, 2)}\n`;

const printText = (parsed: readonly Parsed[]): string => parsed.map(printOne).join('\n');

function printOne(name: Parsed): string {
  if (name.error !== undefined) return `${name.image}\n  ${name.reason}: ${name.error}\n`;
  const rows = [
    ['repository', name.repository],
    ['tag', name.tag || '(none: the digest decides)'],
    ['digest', name.digest || '(none)'],
    ['reference', name.reference],
    ['to the runtime', name.runtimeName],
    ['default policy', name.defaultPullPolicy],
  ] as const;
  return `${name.image}\n${rows.map(([what, value]) => `  ${what.padEnd(16)}${value}\n`).join('')}`;
}
