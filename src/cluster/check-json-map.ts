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
  if (kind === 'object' || kind === 'null') return undefined;
  return new JsonTypeError(kind, 'map[string]interface {}').message;
}
