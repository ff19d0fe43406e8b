import { decodeBase64 } from '../wire/go-base64.js';

/** A tagged scalar that kubectl's YAML library cannot make a value of. The message does not repeat the text. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError';
}

export type ScalarValue = null | boolean | number | string;

const words = new Map<string, null | boolean | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
]);

/** The tags whose content decides its type; every other tag leaves the text as it is. */
const typeOfTag: Readonly<Record<string, string>> = {
  'tag:yaml.org,2002:bool': 'bool',
  'tag:yaml.org,2002:int': 'int',
  'tag:yaml.org,2002:float': 'float',
  'tag:yaml.org,2002:null': 'null',
};

/**
 * What a plain, untagged scalar means to kubectl, whose YAML is 1.1 with exceptions (go-yaml 2, `resolve.go`): `yes`,
 * `on` and `y` are true, `010` is 8, `1_000` is 1000, `12:30` and dates stay text.
 */
export function resolvePlainScalar(text: string): ScalarValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;
  return number(text) ?? text;
}

/**
 * The same for a scalar with a tag, quoted or not.
 *
 * @throws {@link ScalarError} `cannot decode !!str as a !!int`
 */
export function resolveTaggedScalar(tag: string, text: string): ScalarValue {
  if (tag === 'tag:yaml.org,2002:binary') return binary(text);
  const wanted = typeOfTag[tag];
  if (wanted === undefined) return text;
  const value = resolvePlainScalar(text);
  const found = typeName(value);
  if (found === wanted || (wanted === 'float' && found === 'int')) return value;
  throw new ScalarError(`cannot decode !!${found} as a !!${wanted}`);
}

/** A key of a mapping as text: the library writes numbers and booleans out again. */
export function keyText(value: Exclude<ScalarValue, null>): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return '.nan';
  return value > 0 ? '.inf' : '-.inf';
}

function number(text: string): number | undefined {
  if (text.startsWith('.')) return decimal(text);
  const plain = text.replaceAll('_', '');
  return integer(plain) ?? decimal(plain);
}

/** Go's `ParseInt` with base 0, in the range of 64 bits; beyond it the text is read as a float. */
function integer(text: string): number | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  if (!/^(?:0|[1-9]\d*|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(octal)) return undefined;
  const value = BigInt(octal);
  const limit = sign === '-' ? 2n ** 63n : 2n ** 64n - 1n;
  if (value > limit) return undefined;
  return Number(sign === '-' ? -value : value);
}

function decimal(text: string): number | undefined {
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function binary(text: string): string {
  try {
    return Buffer.from(decodeBase64(text)).toString('utf8');
  } catch {
    throw new ScalarError('!!binary value contains invalid base64 data');
  }
}

function typeName(value: ScalarValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  return Number.isInteger(value) ? 'int' : 'float';
}
