import { goQuote } from '../image/go-quote.js';
import { CorruptBase64, decodeBase64, encodeBase64 } from '../wire/go-base64.js';
import { printPath } from './field-path.js';
import { type GoType, goType } from './go-type.js';
import { quantityProblem, timeProblem } from './go-value-syntax.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonTypeOf, setField } from './json-value.js';
import type { FieldPath } from './source.js';

/** What became of an object in the API server's decoder. */
export interface Decoded {
  /** Only fields that the server knows, each of its type: safe to read as the kind's TypeScript type. */
  readonly object: JsonObject;
  /** In the server's order. They are dropped, and told as warnings. */
  readonly unknown: readonly UnknownField[];
  /** The first value of a wrong type: then the server answers 400 and there is no object. */
  readonly error?: DecodingError;
}

export interface DecodingError {
  /** `json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container` */
  readonly message: string;
  readonly path: FieldPath;
  /** For a value of the wrong type: what it is (`string`) and the Go type that it should be (`[]v1.Container`). */
  readonly mismatch?: { readonly found: string; readonly wanted: string };
}

export interface UnknownField {
  readonly path: FieldPath;
  /** `unknown field "spec.template.imagePullSecrets"` */
  readonly message: string;
  /** The Go type that does not have it: `v1.PodTemplateSpec`. */
  readonly within: string;
}

/**
 * Decodes an object as the API server does (sigs.k8s.io/json, strict and case-sensitive; field trees of k8s.io/api).
 * kubectl sends members in sorted order, so errors and unknown fields come in that order too.
 *
 * @param type the Go type of its kind: `v1.Pod`
 * @param minor of the API server's version, for example 36: fields that came later are unknown to it
 */
export function decodeObject(value: JsonValue, type: string, minor: number): Decoded {
  const state: State = { minor, unknown: [], error: undefined };
  try {
    const object = decode(value, goType(type), root, state);
    const { unknown, error } = state;
    return { object: isJsonObject(object) ? object : {}, unknown, ...(error === undefined ? {} : { error }) };
  } catch (error) {
    if (!(error instanceof Aborted)) throw error;
    return { object: {}, unknown: [], error: { message: error.message, path: error.path } };
  }
}

/** Types with a decoder of their own stop the whole decoding, whatever was found before. */
class Aborted extends Error {
  readonly path: FieldPath;
  constructor(message: string, path: FieldPath) {
    super(message);
    this.path = path;
  }
}

interface State {
  readonly minor: number;
  readonly unknown: UnknownField[];
  error: DecodingError | undefined;
}

/** Where the decoder stands. Its own path for errors names struct fields only, no indexes and no map keys. */
interface Place {
  readonly path: FieldPath;
  /** The last struct entered, without its package: `PodSpec`. */
  readonly struct: string;
  readonly fields: string;
}

const root: Place = { path: [], struct: '', fields: '' };

function decode(value: JsonValue, type: GoType, place: Place, state: State): JsonValue | undefined {
  switch (type.kind) {
    case 'struct':
      return decodeStruct(value, type, place, state);
    case 'slice':
      return decodeSlice(value, type, place, state);
    case 'map':
      return decodeMap(value, type, place, state);
    case 'string':
      return typeof value === 'string' ? value : mismatch(value, type, place, state);
    case 'bool':
      return typeof value === 'boolean' ? value : mismatch(value, type, place, state);
    case 'int32':
    case 'int64':
      return decodeInteger(value, type, place, state);
    case 'bytes':
      return decodeBytes(value, type, place, state);
    case 'any':
      return value;
    default:
      return decodeItself(value, type, place);
  }
}

function decodeStruct(
  value: JsonValue,
  type: Extract<GoType, { kind: 'struct' }>,
  place: Place,
  state: State,
): JsonValue | undefined {
  if (!isJsonObject(value)) return mismatch(value, type, place, state);
  const object: JsonObject = {};
  for (const name of sortedKeys(value)) {
    const field = type.fields.get(name);
    const path = [...place.path, name];
    if (field === undefined || field.since > state.minor) {
      // The decoder keeps no more than a hundred.
      if (state.unknown.length < 100)
        state.unknown.push({ path, message: unknownText(path), within: type.text });
      continue;
    }
    const fields = [place.fields, ...field.via, name].filter((step) => step !== '').join('.');
    const inside = { path, struct: type.text.slice(type.text.indexOf('.') + 1), fields };
    const decoded = decode(value[name] ?? null, field.type, inside, state);
    if (decoded !== undefined) object[name] = decoded;
  }
  return object;
}

function decodeSlice(
  value: JsonValue,
  type: Extract<GoType, { kind: 'slice' }>,
  place: Place,
  state: State,
): JsonValue | undefined {
  if (!Array.isArray(value)) return mismatch(value, type, place, state);
  return value.map((item, index) => {
    const inside = { ...place, path: [...place.path, index] };
    return decode(item, type.element, inside, state) ?? zeroOf(type.element);
  });
}

function decodeMap(
  value: JsonValue,
  type: Extract<GoType, { kind: 'map' }>,
  place: Place,
  state: State,
): JsonValue | undefined {
  if (!isJsonObject(value)) return mismatch(value, type, place, state);
  const object: JsonObject = {};
  for (const key of sortedKeys(value)) {
    const inside = { ...place, path: [...place.path, key] };
    setField(object, key, decode(value[key] ?? null, type.element, inside, state) ?? zeroOf(type.element));
  }
  return object;
}

function decodeInteger(value: JsonValue, type: GoType, place: Place, state: State): JsonValue | undefined {
  if (typeof value !== 'number') return mismatch(value, type, place, state);
  const bits = type.kind === 'int32' ? 31 : 63;
  if (Number.isInteger(value) && value >= -(2 ** bits) && value < 2 ** bits && !/e/.test(String(value)))
    return value;
  return mismatch(value, type, place, state, `number ${value}`);
}

/** Bytes are base64 in JSON; they are kept so, in one canonical form. */
function decodeBytes(value: JsonValue, type: GoType, place: Place, state: State): JsonValue | undefined {
  if (Array.isArray(value)) return decodeByteList(value, place, state);
  if (typeof value !== 'string') return mismatch(value, type, place, state);
  try {
    return encodeBase64(decodeBase64(value));
  } catch (error) {
    if (!(error instanceof CorruptBase64)) throw error;
    state.error ??= { message: error.message, path: place.path };
    return undefined;
  }
}

/** Go also takes the bytes themselves, one by one. */
function decodeByteList(value: readonly JsonValue[], place: Place, state: State): JsonValue {
  const bytes = value.map((item, index) => {
    if (typeof item === 'number' && Number.isInteger(item) && item >= 0 && item < 256) return item;
    const found = typeof item === 'number' ? `number ${item}` : undefined;
    mismatch(
      item,
      { kind: 'int32', text: 'uint8' },
      { ...place, path: [...place.path, index] },
      state,
      found,
    );
    return 0;
  });
  return encodeBase64(Uint8Array.from(bytes));
}

function decodeItself(value: JsonValue, type: GoType, place: Place): JsonValue | undefined {
  if (value === null) return undefined;
  const problem = selfDecoders[type.kind as keyof typeof selfDecoders](value, place);
  if (problem !== undefined) throw new Aborted(problem, place.path);
  return value;
}

const selfDecoders: Record<
  'quantity' | 'intOrString' | 'time',
  (value: JsonValue, place: Place) => string | undefined
> = {
  quantity: (value) => quantityProblem(typeof value === 'string' ? value : JSON.stringify(value)),
  time: (value, place) =>
    typeof value === 'string' ? timeProblem(value) : typeError(jsonTypeOf(value), 'string', place),
  intOrString: (value, place) => {
    if (typeof value === 'string') return undefined;
    if (typeof value !== 'number') return typeError(jsonTypeOf(value), 'int32', place);
    const fits = Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31;
    return fits ? undefined : typeError(`number ${value}`, 'int32', place);
  },
};

/** A `null` leaves the field as it was; anything else of the wrong type is the error, if it is the first. */
function mismatch(
  value: JsonValue,
  type: GoType,
  place: Place,
  state: State,
  found: string = jsonTypeOf(value),
) {
  if (value === null) return undefined;
  const message = typeError(found, type.text, place);
  state.error ??= { message, path: place.path, mismatch: { found, wanted: type.text } };
  return undefined;
}

function typeError(found: string, goType: string, { struct, fields }: Place): string {
  const into = struct === '' ? 'Go value' : `Go struct field ${struct}.${fields}`;
  return `json: cannot unmarshal ${found} into ${into} of type ${goType}`;
}

/** What an absent value in a list or map becomes. */
function zeroOf({ kind }: GoType): JsonValue {
  if (kind === 'struct' || kind === 'map') return {};
  if (kind === 'slice') return [];
  if (kind === 'bool') return false;
  return kind === 'string' || kind === 'bytes' ? '' : 0;
}

const unknownText = (path: FieldPath): string => `unknown field ${goQuote(printPath(path))}`;

/** By bytes, as Go sorts. */
function sortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object);
  return keys.length < 2 ? keys : keys.sort();
}
