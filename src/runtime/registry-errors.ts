import { errorCodes } from '../wire/error-codes.js';

/** One error of a registry's JSON body, as containerd reads it. */
export interface RegistryErrorWords {
  /** As the registry wrote it. */
  readonly writtenCode: string;
  /** What containerd makes of it: every code that it does not know is `UNKNOWN`. */
  readonly code: KnownCode;
  /** Absent when it says no more than the code. */
  readonly message?: string;
}

/** The codes of the core registry API that containerd's copy of distribution's error table has (runtime.md §9.3). */
const knownCodes = [
  'UNKNOWN',
  'UNSUPPORTED',
  'UNAUTHORIZED',
  'DENIED',
  'UNAVAILABLE',
  'TOOMANYREQUESTS',
] as const;
type KnownCode = (typeof knownCodes)[number];

/** The errors of a body; none when it is not a registry's JSON. */
export function readRegistryErrors(body: string): readonly RegistryErrorWords[] {
  const parsed = parseObject(body);
  const errors = parsed?.errors;
  if (!Array.isArray(errors) || !errors.every(isErrorObject)) return [];
  return errors.map(wordsOf);
}

/** `denied`, `denied: IP address 10.0.0.9 is not allowed`, or several of them below `errors:`. */
export function registryErrorsText(errors: readonly RegistryErrorWords[]): string {
  if (errors.length <= 1) return errors.map(textOf).join('');
  return `errors:\n${errors.map((error) => `${textOf(error)}\n`).join('')}`;
}

interface ErrorObject {
  readonly code?: string;
  readonly message?: string;
  readonly detail?: unknown;
}

function wordsOf({ code: writtenCode = '', message = '', detail }: ErrorObject): RegistryErrorWords {
  const known = (knownCodes as readonly string[]).includes(writtenCode);
  const code = known ? (writtenCode as KnownCode) : 'UNKNOWN';
  const hasDetail = detail !== undefined && detail !== null;
  const saysNoMore = !hasDetail && (message === '' || message === errorCodes[code].message);
  return { writtenCode, code, ...(saysNoMore ? {} : { message }) };
}

const textOf = ({ code, message }: RegistryErrorWords) =>
  message === undefined ? code.toLowerCase() : `${code.toLowerCase()}: ${message}`;

function isErrorObject(value: unknown): value is ErrorObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { code = '', message = '' } = value as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string';
}

function parseObject(body: string): { readonly errors?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
