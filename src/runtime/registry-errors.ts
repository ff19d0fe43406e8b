import { errorCodes } from '../wire/error-codes.js';
import { decodeGoStruct, GoJsonError, type GoStruct } from './go-struct.js';

/** One error of a registry's JSON body, as a runtime reads it. */
export interface RegistryErrorWords {
  /** As the registry wrote it. */
  readonly writtenCode: string;
  readonly message: string;
  /** Neither absent nor `null`. */
  readonly hasDetail: boolean;
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

const bodyStruct: GoStruct = {
  struct: '',
  fields: {
    Errors: { list: { struct: 'Error', fields: { code: 'string', message: 'string', detail: 'any' } } },
  },
};

/** The errors of a body; none when it is not a registry's JSON. */
export function readRegistryErrors(body: Uint8Array): readonly RegistryErrorWords[] {
  try {
    const { Errors: errors = [] } = decodeGoStruct(body, bodyStruct);
    return (errors as Readonly<Record<string, unknown>>[]).map(({ code = '', message = '', detail }) => ({
      writtenCode: code as string,
      message: message as string,
      hasDetail: detail !== undefined,
    }));
  } catch (error) {
    if (error instanceof GoJsonError) return [];
    throw error;
  }
}

/** `denied`, `denied: IP address 10.0.0.9 is not allowed`, or several of them below `errors:`. */
export function registryErrorsText(errors: readonly RegistryErrorWords[]): string {
  if (errors.length <= 1) return errors.map(textOf).join('');
  return `errors:\n${errors.map((error) => `${textOf(error)}\n`).join('')}`;
}

/** Codes that containerd does not know are `unknown`; a message that says no more than the code is left out. */
function textOf({ writtenCode, message, hasDetail }: RegistryErrorWords): string {
  const code = isKnown(writtenCode) ? writtenCode : 'UNKNOWN';
  const words = code.toLowerCase();
  const saysNoMore = !hasDetail && (message === '' || message === errorCodes[code].message);
  return saysNoMore ? words : `${words}: ${message}`;
}

const isKnown = (code: string): code is KnownCode => (knownCodes as readonly string[]).includes(code);
