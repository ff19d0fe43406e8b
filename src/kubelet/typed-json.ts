import type { ByteString } from '../credentials/byte-string.js';
import { type JsonValue, jsonDocument, jsonItems, jsonMembers, jsonText } from '../credentials/go-json.js';
import { jsonSyntaxError } from '../credentials/go-json-syntax.js';
import { goQuote } from '../image/go-quote.js';
import { parseNanoseconds } from './nanoseconds.js';

/** What a Go type of the kubelet's own configuration looks like to its JSON decoder. */
export type Shape =
  | { readonly kind: 'string' | 'bool' | 'int32'; readonly goType: string }
  /** `metav1.Duration`: text in JSON, nanoseconds here. */
  | { readonly kind: 'duration' }
  | { readonly kind: 'list' | 'map'; readonly goType: string; readonly of: Shape }
  | StructShape;

export interface StructShape {
  readonly kind: 'struct';
  /** `v1.CredentialProvider` */
  readonly goType: string;
  readonly fields: Readonly<Record<string, Shape>>;
}

/** Path of fields and indexes into a document. */
export type TypedPath = readonly (string | number)[];

/** The first thing that the decoder cannot accept; the message is Go's. */
export class TypedJsonError extends Error {
  override readonly name = 'TypedJsonError';
  readonly path: TypedPath;
  constructor(message: string, path: TypedPath = []) {
    super(message);
    this.path = path;
  }
}

export interface TypedDocument {
  /** Members that were there, by name; lists and maps likewise. Maps have no prototype. */
  readonly value: unknown;
  /** What strict decoding refuses beside: `unknown field "providers[0].x"`, `duplicate field "name"`. */
  readonly strictProblems: readonly { readonly message: string; readonly path: TypedPath }[];
}

/**
 * Decodes a JSON document into a Go type as `sigs.k8s.io/json` does: field names with their case, the last of two equal
 * ones wins, `null` leaves a field alone.
 *
 * @throws {@link TypedJsonError} for malformed JSON and for the first value of a wrong type
 */
export function decodeTyped(source: ByteString, shape: StructShape): TypedDocument {
  const syntax = jsonSyntaxError(source);
  if (syntax !== undefined) throw new TypedJsonError(syntax);
  const state: State = { problems: new Map(), error: undefined };
  const value = decode(jsonDocument(source), shape, root, state);
  if (state.error !== undefined) throw state.error;
  return { value, strictProblems: [...state.problems.values()] };
}

interface State {
  /** By message: Go tells each once. */
  readonly problems: Map<string, { readonly message: string; readonly path: TypedPath }>;
  error: TypedJsonError | undefined;
}

/** Where the decoder stands; `struct` is the last one entered, `fields` the way of fields to here. */
interface Place {
  readonly path: TypedPath;
  readonly struct: string;
  readonly fields: readonly string[];
}

const root: Place = { path: [], struct: '', fields: [] };

function decode(value: JsonValue, shape: Shape, place: Place, state: State): unknown {
  if (value.kind === 'null') return undefined;
  switch (shape.kind) {
    case 'struct':
      return value.kind === 'object' ? decodeStruct(value, shape, place, state) : mismatch();
    case 'map':
      return value.kind === 'object' ? decodeMap(value, shape.of, place, state) : mismatch();
    case 'list':
      return value.kind === 'array' ? decodeList(value, shape.of, place, state) : mismatch();
    case 'duration':
      return decodeDuration(value, place);
    case 'string':
      return value.kind === 'string' ? jsonText(value) : mismatch();
    case 'bool':
      return value.kind === 'bool' ? textOf(value) === 'true' : mismatch();
    case 'int32':
      return decodeInteger(value, shape.goType, place, state);
    default:
      return shape satisfies never;
  }

  function mismatch(): undefined {
    const { goType } = shape as Exclude<Shape, { kind: 'duration' }>;
    state.error ??= typeError(value.kind, goType, place);
  }
}

function decodeStruct(value: JsonValue, shape: StructShape, place: Place, state: State): object {
  const decoded: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const member of jsonMembers(value)) {
    const { name } = member;
    const path = [...place.path, name];
    const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (field === undefined) {
      refuse('unknown', path, state);
      continue;
    }
    if (seen.has(name)) refuse('duplicate', path, state);
    seen.add(name);
    const inside = {
      path,
      struct: shape.goType.slice(shape.goType.indexOf('.') + 1),
      fields: [...place.fields, name],
    };
    const result = decode(member.value, field, inside, state);
    if (result !== undefined) decoded[name] = result;
  }
  return decoded;
}

function decodeMap(value: JsonValue, of: Shape, place: Place, state: State): object {
  const decoded: Record<string, unknown> = Object.create(null);
  for (const member of jsonMembers(value)) {
    const { name } = member;
    const path = [...place.path, name];
    if (name in decoded) refuse('duplicate', path, state);
    decoded[name] = decode(member.value, of, { ...place, path }, state) ?? zeroOf(of);
  }
  return decoded;
}

function decodeList(value: JsonValue, of: Shape, place: Place, state: State): unknown[] {
  return jsonItems(value).map(
    (item, index) => decode(item, of, { ...place, path: [...place.path, index] }, state) ?? zeroOf(of),
  );
}

/** A type with a decoder of its own: it ends the decoding at once. */
function decodeDuration(value: JsonValue, { path }: Place): number {
  if (value.kind !== 'string')
    throw new TypedJsonError(`json: cannot unmarshal ${value.kind} into Go value of type string`, path);
  try {
    return parseNanoseconds(jsonText(value));
  } catch (error) {
    throw new TypedJsonError((error as Error).message, path);
  }
}

function decodeInteger(value: JsonValue, goType: string, place: Place, state: State): number | undefined {
  const text = textOf(value);
  const number = Number(text);
  if (value.kind === 'number' && /^-?\d+$/.test(text) && Math.abs(number + 0.5) < 2 ** 31) return number;
  state.error ??= typeError(value.kind === 'number' ? `number ${text}` : value.kind, goType, place);
  return undefined;
}

function typeError(found: string, goType: string, { struct, fields, path }: Place): TypedJsonError {
  const into = struct === '' ? 'Go value' : `Go struct field ${struct}.${fields.join('.')}`;
  return new TypedJsonError(`json: cannot unmarshal ${found} into ${into} of type ${goType}`, path);
}

function refuse(what: 'unknown' | 'duplicate', path: TypedPath, { problems }: State): void {
  const message = `${what} field ${goQuote(printTypedPath(path))}`;
  if (!problems.has(message)) problems.set(message, { message, path });
}

/** `providers[0].name` */
const printTypedPath = (path: TypedPath): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');

const textOf = ({ source, start, end }: JsonValue) => source.slice(start, end);

/** What `null` leaves in a list or map. */
function zeroOf(shape: Shape): unknown {
  if (shape.kind === 'struct' || shape.kind === 'map') return {};
  if (shape.kind === 'list') return [];
  if (shape.kind === 'bool') return false;
  return shape.kind === 'string' ? '' : 0;
}
