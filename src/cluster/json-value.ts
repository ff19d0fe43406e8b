/** What a manifest holds once it is read: JSON, whatever it was written in. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

export interface JsonObject {
  [field: string]: JsonValue;
}

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets a field by any name: an assignment to `__proto__` would do something else. */
export function setField(object: JsonObject, field: string, value: JsonValue): void {
  if (field === '__proto__') {
    Object.defineProperty(object, field, { value, enumerable: true, configurable: true, writable: true });
  } else object[field] = value;
}

/** JSON's own word for a value, as Go's decoder prints it: `string`, `number`, `bool`, `object`, `array`, `null`. */
export function jsonTypeOf(value: JsonValue): 'null' | 'bool' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value as 'number' | 'string' | 'object';
}
