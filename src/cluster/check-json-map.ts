import { byteStringOf } from '../credentials/byte-string.js';
import { JsonTypeError, jsonDocument } from '../credentials/go-json.js';
import { jsonSyntaxError } from '../credentials/go-json-syntax.js';

/**
 * Why the API server cannot read these bytes as a JSON object or `null`, in Go's words; `undefined` when it can. It asks
 * no more of a pull secret (kubelet.md §4.4).
 */
export function checkJsonMap(bytes: Uint8Array): string | undefined {
  const source = byteStringOf(bytes);
  const syntax = jsonSyntaxError(source);
  if (syntax !== undefined) return syntax;
  const { kind } = jsonDocument(source);
  if (kind !== 'object' && kind !== 'null') return new JsonTypeError(kind, 'map[string]interface {}').message;
  const tooBig = hugeNumber(source);
  return tooBig === undefined
    ? undefined
    : `json: cannot unmarshal number ${tooBig} into Go value of type float64`;
}

/** The first number of a well-formed document that no float can hold. */
function hugeNumber(source: string): string | undefined {
  const numbers = source.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g) ?? [];
  return numbers.find((token) => !token.startsWith('"') && !Number.isFinite(Number(token)));
}
