import { type ByteString, fromByteString, wellFormed } from './byte-string.js';

/** What Go's decoder calls a value in its errors. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'bool' | 'null';

/** A value of a document whose syntax was checked; nothing below it is read before it is asked for. */
export interface JsonValue {
  readonly kind: JsonKind;
  readonly source: ByteString;
  /** Of its first byte, and behind its last. */
  readonly start: number;
  readonly end: number;
}

export interface JsonMember {
  /** With stray bytes replaced, as Go reads map keys. */
  readonly name: string;
  readonly value: JsonValue;
}

/** The value of a well-formed document. Check it with `jsonSyntaxError` first. */
export function jsonDocument(source: ByteString): JsonValue {
  return valueAt(source, skipBlanks(source, 0));
}

/** The members of an object in document order, repetitions included. */
export function jsonMembers(object: JsonValue): readonly JsonMember[] {
  const members: JsonMember[] = [];
  const { source } = object;
  let at = skipBlanks(source, object.start + 1);
  while (source[at] !== '}') {
    if (source[at] === ',') at = skipBlanks(source, at + 1);
    const key = valueAt(source, at);
    const value = valueAt(source, skipBlanks(source, skipBlanks(source, key.end) + 1));
    members.push({ name: jsonText(key), value });
    at = skipBlanks(source, value.end);
  }
  return members;
}

/** The values of an array, in order. */
export function jsonItems(array: JsonValue): readonly JsonValue[] {
  const items: JsonValue[] = [];
  const { source } = array;
  let at = skipBlanks(source, array.start + 1);
  while (source[at] !== ']') {
    if (source[at] === ',') at = skipBlanks(source, at + 1);
    const item = valueAt(source, at);
    items.push(item);
    at = skipBlanks(source, item.end);
  }
  return items;
}

/** The text of a string value. Lone surrogates and stray bytes become U+FFFD, one each. */
export function jsonText(value: JsonValue): string {
  const literal = value.source.slice(value.start + 1, value.end - 1);
  const parts = literal.split(/(\\u[0-9a-fA-F]{4}|\\.)/);
  return wellFormed(parts.map((part, index) => (index % 2 === 0 ? decoded(part) : unescaped(part))).join(''));
}

/**
 * Finds a struct field by a member's name: the exact name first, else without regard to case. Go folds with Unicode's
 * simple folding, so the long s and the Kelvin sign count as letters too.
 */
export function fieldNamed<Field extends string>(fields: readonly Field[], name: string): Field | undefined {
  return fields.find((field) => field === name) ?? fields.find((field) => folded(field) === folded(name));
}

/** A type error as Go words it; `field` is the path of struct fields that leads to it. */
export class JsonTypeError extends Error {
  override readonly name = 'JsonTypeError';
  readonly kind: JsonKind;
  readonly goType: string;
  readonly struct: string;
  readonly field: string;
  constructor(kind: JsonKind, goType: string, struct = '', field = '') {
    const where = struct === '' && field === '' ? 'Go value' : `Go struct field ${struct}.${field}`;
    super(`json: cannot unmarshal ${kind} into ${where} of type ${goType}`);
    this.kind = kind;
    this.goType = goType;
    this.struct = struct;
    this.field = field;
  }

  /** The same error, seen from a struct further out. */
  within(struct: string, field: string): JsonTypeError {
    const path = this.field === '' ? field : `${field}.${this.field}`;
    return new JsonTypeError(this.kind, this.goType, struct, path);
  }
}

const decoded = (bytes: ByteString) => wellFormed(fromByteString(bytes));

const shortEscapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function unescaped(sequence: string): string {
  const letter = sequence.charAt(1);
  if (letter === 'u') return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
  return shortEscapes[letter] ?? letter;
}

const folded = (name: string) =>
  name
    .toLowerCase()
    .replace(/\u017f/g, 's')
    .replace(/\u212a/g, 'k');

const kinds: Readonly<Record<string, JsonKind>> = {
  '{': 'object',
  '[': 'array',
  '"': 'string',
  t: 'bool',
  f: 'bool',
  n: 'null',
};

function valueAt(source: ByteString, start: number): JsonValue {
  const kind = kinds[source.charAt(start)] ?? 'number';
  const end = kind === 'object' || kind === 'array' ? containerEnd(source, start) : scalarEnd(source, start);
  return { kind, source, start, end };
}

const plainText = /[^"\\]*/y;
const word = /[^\s,:\]}]*/y;

function scalarEnd(source: ByteString, start: number): number {
  if (source[start] !== '"') return matchEnd(word, source, start);
  let at = matchEnd(plainText, source, start + 1);
  while (source[at] === '\\') at = matchEnd(plainText, source, at + 2);
  return at + 1;
}

function matchEnd(pattern: RegExp, source: ByteString, at: number): number {
  pattern.lastIndex = at;
  pattern.test(source);
  return pattern.lastIndex;
}

/** Counts brackets outside of strings; the text is well-formed, so their kind does not matter. */
function containerEnd(source: ByteString, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    const character = source[at];
    if (character === '"') at = scalarEnd(source, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth === 0) return at + 1;
  }
}

function skipBlanks(source: ByteString, at: number): number {
  let end = at;
  while (end < source.length && ' \t\r\n'.includes(source.charAt(end))) end += 1;
  return end;
}
