import { type JsonObject, type JsonValue, setField } from './json-value.js';

/** JSON of an object that a program made, or why it has none. */
export type PlainObject =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly message: string };

/**
 * Takes objects of the shapes that the types of `@kubernetes/client-node` describe: dates become RFC 3339 text, bytes
 * base64, fields without a value are left out. Everything else that JSON cannot hold is refused.
 */
export function plainObject(value: unknown): PlainObject {
  try {
    return { ok: true, value: convert(value, []) ?? null };
  } catch (error) {
    if (error instanceof NoJson) return { ok: false, message: error.message };
    if (error instanceof RangeError)
      return { ok: false, message: 'the object is nested too deeply to be read' };
    throw error;
  }
}

class NoJson extends Error {}

function convert(value: unknown, above: readonly object[]): JsonValue | undefined {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') {
    return value as JsonValue | undefined;
  }
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new NoJson(`json: unsupported value: ${value}`);
  }
  if (typeof value !== 'object') throw new NoJson(`a ${typeof value} is no JSON value; pass plain objects`);
  if (above.includes(value)) throw new NoJson('the object contains itself; pass plain objects');
  return convertObject(value, [...above, value]);
}

function convertObject(value: object, above: readonly object[]): JsonValue {
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((item) => convert(item, above) ?? null);
  const object: JsonObject = {};
  for (const [field, part] of Object.entries(value)) {
    const converted = convert(part, above);
    if (converted !== undefined) setField(object, field, converted);
  }
  return object;
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new NoJson('an invalid Date is no JSON value; pass a valid one');
  return date.toISOString();
}
