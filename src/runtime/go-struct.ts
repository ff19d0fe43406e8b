import { byteStringOf } from '../credentials/byte-string.js';
import {
  fieldNamed,
  type JsonValue,
  jsonDocument,
  jsonItems,
  jsonMembers,
  jsonText,
} from '../credentials/go-json.js';
import { jsonSyntaxError } from '../credentials/go-json-syntax.js';

/** A document that Go's `encoding/json` does not take; the message is Go's. */
export class GoJsonError extends Error {
  override readonly name = 'GoJsonError';
}

/** What a field of a Go struct takes. */
export type GoType =
  | 'string'
  | 'digest'
  | 'int'
  | 'int64'
  /** RFC 3339. */
  | 'time'
  /** Anything, as parsed. */
  | 'any'
  /** Anything, not looked into; `true` when it is there, were it `null`. */
  | 'present'
  | { readonly list: GoType }
  | { readonly map: 'string' }
  | GoStruct;

/** A Go struct: its name as errors print it, and its JSON fields. */
export interface GoStruct {
  readonly struct: string;
  /** What errors print that name the type itself: `v1.Manifest`. */
  readonly typeName?: string;
  readonly fields: Readonly<Record<string, GoType>>;
}

export type GoRecord = Readonly<Record<string, unknown>>;

/**
 * Reads JSON into a struct as Go does: names without regard to case, the last of repeated members, `null` as absent, unknown
 * members dropped.
 *
 * @param source `whole`: one document (`json.Unmarshal`). `first`: the first value of a stream (`json.Decoder`).
 * @throws {@link GoJsonError}
 */
export function decodeGoStruct(
  bytes: Uint8Array,
  type: GoStruct,
  source: 'whole' | 'first' = 'whole',
): GoRecord {
  const text = byteStringOf(bytes);
  const problem = source === 'whole' ? jsonSyntaxError(text) : streamProblem(text);
  if (problem !== undefined) throw new GoJsonError(problem);
  return structOf(jsonDocument(text), type, { struct: '', path: [] }) ?? {};
}

/** A decoder does not care what follows, and calls an early end by other names. */
function streamProblem(text: string): string | undefined {
  const problem = jsonSyntaxError(text);
  if (problem === 'unexpected end of JSON input') return /\S/.test(text) ? 'unexpected EOF' : 'EOF';
  return problem?.endsWith('after top-level value') ? undefined : problem;
}

/** Where a type error stands: the struct that is being read, and the fields that lead to it. */
interface Place {
  readonly struct: string;
  readonly path: readonly string[];
}

function structOf(value: JsonValue, type: GoStruct, place: Place): GoRecord | undefined {
  if (value.kind === 'null') return undefined;
  if (value.kind !== 'object') throw typeError(value, goNameOf(type), place);
  const record: Record<string, unknown> = {};
  for (const member of jsonMembers(value)) {
    const field = fieldNamed(Object.keys(type.fields), member.name);
    const fieldType = field === undefined ? undefined : type.fields[field];
    if (field === undefined || fieldType === undefined) continue;
    const inner = { struct: type.struct, path: [...place.path, field] };
    const decoded = decodeValue(member.value, fieldType, inner);
    if (decoded !== undefined) record[field] = decoded;
  }
  return record;
}

function decodeValue(value: JsonValue, type: GoType, place: Place): unknown {
  if (type === 'present') return true;
  if (value.kind === 'null') return undefined;
  if (type === 'any') return plain(value);
  if (typeof type === 'string') return scalarOf(value, type, place);
  if ('struct' in type) return structOf(value, type, place);
  return 'list' in type ? listOf(value, type.list, place) : mapOf(value, place);
}

function scalarOf(value: JsonValue, type: Extract<GoType, string>, place: Place): unknown {
  if (type === 'time') return timeOf(value);
  if (type === 'int' || type === 'int64') return integerOf(value, type, place);
  if (value.kind !== 'string') throw typeError(value, goNameOf(type), place);
  return jsonText(value);
}

function integerOf(value: JsonValue, type: string, place: Place): number {
  if (value.kind !== 'number') throw typeError(value, type, place);
  const literal = value.source.slice(value.start, value.end);
  if (!/^-?\d+$/.test(literal)) throw typeError(value, type, place, `number ${literal}`);
  return Number(literal);
}

function timeOf(value: JsonValue): string {
  if (value.kind !== 'string') throw new GoJsonError('Time.UnmarshalJSON: input is not a JSON string');
  const text = value.source.slice(value.start + 1, value.end - 1);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return text;
  throw new GoJsonError(
    `parsing time "${text}" as "2006-01-02T15:04:05Z07:00": cannot parse "${text}" as "2006"`,
  );
}

function listOf(value: JsonValue, type: GoType, place: Place): unknown[] {
  if (value.kind !== 'array') throw typeError(value, `[]${goNameOf(type)}`, place);
  return jsonItems(value).map((element) => decodeValue(element, type, place) ?? emptyOf(type));
}

const emptyOf = (type: GoType) => (typeof type === 'object' ? {} : '');

function mapOf(value: JsonValue, place: Place): Readonly<Record<string, string>> {
  if (value.kind !== 'object') throw typeError(value, 'map[string]string', place);
  return Object.fromEntries(
    jsonMembers(value).map(({ name, value: text }) => [
      name,
      text.kind === 'null' ? '' : (scalarOf(text, 'string', place) as string),
    ]),
  );
}

const plain = (value: JsonValue): unknown => {
  try {
    return JSON.parse(value.source.slice(value.start, value.end));
  } catch {
    return value.kind;
  }
};

function typeError(
  value: JsonValue,
  goType: string,
  { struct, path }: Place,
  what: string = value.kind,
): GoJsonError {
  const where = path.length === 0 ? 'Go value' : `Go struct field ${struct}.${path.join('.')}`;
  return new GoJsonError(`json: cannot unmarshal ${what} into ${where} of type ${goType}`);
}

function goNameOf(type: GoType): string {
  if (type === 'digest') return 'digest.Digest';
  if (typeof type === 'string') return type;
  if ('list' in type) return `[]${goNameOf(type.list)}`;
  return 'map' in type ? 'map[string]string' : (type.typeName ?? type.struct);
}
