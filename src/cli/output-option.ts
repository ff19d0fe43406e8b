import { UsageError } from './usage-error.js';

/** One `-o FORMAT[=FILE]`. Without a file it goes to standard output. */
export interface Output<F extends string> {
  readonly format: F;
  readonly file?: string;
}

/**
 * Reads the values of a repeated `-o`.
 *
 * @param fallback what is printed when nothing was asked for
 * @throws {@link UsageError} for an unknown format, and when two outputs want standard output
 */
export function readOutputs<F extends string>(
  values: readonly string[] | undefined,
  formats: readonly F[],
  fallback: F,
): readonly Output<F>[] {
  if (values === undefined) return [{ format: fallback }];
  const outputs = values.map((value) => readOutput(value, formats));
  if (outputs.filter((output) => output.file === undefined).length > 1)
    throw new UsageError(
      'only one output can go to standard output: give the others a file, -o json=report.json',
    );
  return outputs;
}

function readOutput<F extends string>(value: string, formats: readonly F[]): Output<F> {
  const equals = value.indexOf('=');
  const name = equals < 0 ? value : value.slice(0, equals);
  const format = formats.find((candidate) => candidate === name);
  if (format === undefined)
    throw new UsageError(`there is no output format "${name}"; there are: ${formats.join(', ')}`);
  if (equals < 0) return { format };
  const file = value.slice(equals + 1);
  if (file === '') throw new UsageError(`-o ${name}= needs a file name`);
  return { format, file };
}
