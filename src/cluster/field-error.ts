import { goQuote } from '../image/go-quote.js';

/** One thing that the API server's validation dislikes, in its words: `spec.containers[0].image: Required value`. */
export interface FieldError {
  /** Below the object: `spec.containers[0].image`. */
  readonly path: string;
  /** After the path: `Required value`, `Invalid value: "x": must be unique`. */
  readonly problem: string;
}

type Value = string | number | boolean;

/** A value that must be there is not. */
export const required = (path: string, detail = ''): FieldError => problem(path, 'Required value', detail);

/** Any value that breaks a rule. */
export const invalid = (path: string, value: Value | object | null, detail: string): FieldError =>
  problem(path, `Invalid value: ${print(value)}`, detail);

/** A word that is none of a closed list. */
export const notSupported = (path: string, value: Value, supported: readonly string[]): FieldError =>
  problem(
    path,
    `Unsupported value: ${print(value)}`,
    `supported values: ${supported.map(goQuote).join(', ')}`,
  );

export const duplicate = (path: string, value: Value): FieldError =>
  problem(path, `Duplicate value: ${print(value)}`, '');

export const notFound = (path: string, value: Value): FieldError =>
  problem(path, `Not found: ${print(value)}`, '');

export const forbidden = (path: string, detail: string): FieldError => problem(path, 'Forbidden', detail);

export const tooLong = (path: string, maxBytes: number): FieldError =>
  problem(path, 'Too long', `may not be more than ${maxBytes} bytes`);

/** `path: problem` of one error; `[a, b]` of several, equal ones once (apimachinery `ErrorList.ToAggregate`). */
export function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ path, problem: text }) => `${path}: ${text}`))];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

/**
 * What the client of the API server reads when validation refuses an object (status 422):
 * `Secret "regcred" is invalid: data[.dockerconfigjson]: Required value`.
 *
 * @param kind with the group for other groups than the core's: `Deployment.apps`
 */
export const invalidObject = (kind: string, name: string, errors: readonly FieldError[]): string =>
  `${kind} ${goQuote(name)} is invalid: ${aggregate(errors)}`;

const problem = (path: string, kind: string, detail: string): FieldError => ({
  path,
  problem: detail === '' ? kind : `${kind}: ${detail}`,
});

const print = (value: Value | object | null): string =>
  typeof value === 'string'
    ? goQuote(value)
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
