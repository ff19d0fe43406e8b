import { goQuote } from '../image/go-quote.js';
import type { ByteString } from './byte-string.js';

/**
 * Why Go's `encoding/json` finds this document malformed, in its words; `undefined` when it is well-formed. Go checks the
 * whole document before it looks at any value (kubelet.md §2.2).
 *
 * The end of the text is read as one more blank: `tru` fails at `' '`, while `{"a":` is an unexpected end.
 */
export function jsonSyntaxError(source: ByteString): string | undefined {
  try {
    checkDocument(source);
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

class JsonSyntaxError extends Error {}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'after value';

/** Go's limit, which also keeps hostile documents from exhausting a stack. */
const maxDepth = 10_000;

const blanks = /[ \t\r\n]*/y;

function checkDocument(source: ByteString): void {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = match(blanks, source, 0);
  while (at < source.length || open.length > 0 || expected !== 'after value') {
    if (at >= source.length) throw new JsonSyntaxError('unexpected end of JSON input');
    const step: Step = steps[expected](source, at, open);
    if (open.length > maxDepth) fail(source, at, 'exceeded max depth');
    expected = step.expected;
    at = match(blanks, source, step.at);
  }
}

interface Step {
  readonly expected: Expected;
  readonly at: number;
}

type Reader = (source: ByteString, at: number, open: ('{' | '[')[]) => Step;

const steps: Readonly<Record<Expected, Reader>> = {
  value: readValue,
  'value or ]': (source, at, open) => (source[at] === ']' ? close(at, open) : readValue(source, at, open)),
  key: readKey,
  'key or }': (source, at, open) => (source[at] === '}' ? close(at, open) : readKey(source, at)),
  colon: (source, at) =>
    source[at] === ':' ? { expected: 'value', at: at + 1 } : fail(source, at, 'after object key'),
  'after value': readAfterValue,
};

function readValue(source: ByteString, at: number, open: ('{' | '[')[]): Step {
  const character = source.charAt(at);
  if (character === '{' || character === '[') {
    open.push(character);
    return { expected: character === '{' ? 'key or }' : 'value or ]', at: at + 1 };
  }
  return { expected: 'after value', at: scalarEnd(source, at, character) };
}

function scalarEnd(source: ByteString, at: number, character: string): number {
  const word = { t: 'true', f: 'false', n: 'null' }[character];
  if (word !== undefined) return wordEnd(source, at, word);
  if (character === '"') return stringEnd(source, at);
  if (/[-0-9]/.test(character)) return numberEnd(source, at);
  return fail(source, at, 'looking for beginning of value');
}

function readKey(source: ByteString, at: number): Step {
  if (source[at] !== '"') fail(source, at, 'looking for beginning of object key string');
  return { expected: 'colon', at: stringEnd(source, at) };
}

function readAfterValue(source: ByteString, at: number, open: ('{' | '[')[]): Step {
  const container = open.at(-1);
  const character = source[at];
  if (container === undefined) return fail(source, at, 'after top-level value');
  if (character === ',') return { expected: container === '{' ? 'key' : 'value', at: at + 1 };
  if (character === (container === '{' ? '}' : ']')) return close(at, open);
  return fail(source, at, container === '{' ? 'after object key:value pair' : 'after array element');
}

function close(at: number, open: ('{' | '[')[]): Step {
  open.pop();
  return { expected: 'after value', at: at + 1 };
}

function wordEnd(source: ByteString, at: number, word: string): number {
  for (let index = 1; index < word.length; index += 1) {
    const letter = word.charAt(index);
    if (source[at + index] !== letter) fail(source, at + index, `in literal ${word} (expecting '${letter}')`);
  }
  return at + word.length;
}

const plainText = /[^"\\\x00-\x1f]*/y;

function stringEnd(source: ByteString, start: number): number {
  let at = start + 1;
  for (;;) {
    at = match(plainText, source, at);
    if (at >= source.length) throw new JsonSyntaxError('unexpected end of JSON input');
    if (source[at] === '"') return at + 1;
    if (source[at] !== '\\') fail(source, at, 'in string literal');
    at = escapeEnd(source, at + 1);
  }
}

function escapeEnd(source: ByteString, at: number): number {
  const character = source[at] ?? ' ';
  if ('"\\/bfnrt'.includes(character)) return at + 1;
  if (character !== 'u') fail(source, at, 'in string escape code');
  for (let index = at + 1; index <= at + 4; index += 1) {
    if (!/[0-9a-fA-F]/.test(source[index] ?? ' ')) fail(source, index, 'in \\u hexadecimal character escape');
  }
  return at + 5;
}

const digits = /[0-9]*/y;

function numberEnd(source: ByteString, start: number): number {
  let at = source[start] === '-' ? start + 1 : start;
  at = source[at] === '0' ? at + 1 : digitsEnd(source, at, 'in numeric literal');
  if (source[at] === '.') at = digitsEnd(source, at + 1, 'after decimal point in numeric literal');
  if (source[at] === 'e' || source[at] === 'E') {
    const signed = source[at + 1] === '+' || source[at + 1] === '-';
    at = digitsEnd(source, at + (signed ? 2 : 1), 'in exponent of numeric literal');
  }
  return at;
}

function digitsEnd(source: ByteString, at: number, context: string): number {
  const end = match(digits, source, at);
  return end > at ? end : fail(source, at, context);
}

function match(pattern: RegExp, source: ByteString, at: number): number {
  pattern.lastIndex = at;
  pattern.test(source);
  return Math.max(at, pattern.lastIndex);
}

function fail(source: ByteString, at: number, context: string): never {
  throw new JsonSyntaxError(`invalid character ${quoteByte(source[at] ?? ' ')} ${context}`);
}

/** Go quotes the byte as if it were a character of its own: the first of `ï»¿` prints as `'ï'`. */
function quoteByte(byte: string): string {
  if (byte === "'") return `'\\''`;
  if (byte === '"') return `'"'`;
  return `'${goQuote(byte).slice(1, -1)}'`;
}
