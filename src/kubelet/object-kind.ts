import type { ByteString } from '../credentials/byte-string.js';
import {
  fieldNamed,
  type JsonKind,
  JsonTypeError,
  type JsonValue,
  jsonDocument,
  jsonMembers,
  jsonText,
} from '../credentials/go-json.js';
import { jsonSyntaxError } from '../credentials/go-json-syntax.js';

/** What a serialised object says it is. */
export interface ObjectKind {
  /** As written: `kubelet.config.k8s.io/v1`; empty when absent. */
  readonly apiVersion: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** An object whose kind cannot be read; the message is apimachinery's. */
export class UnreadableKind extends Error {
  override readonly name = 'UnreadableKind';
}

/**
 * Reads group, version and kind before anything else, as apimachinery's JSON serializer does (Go's `encoding/json`: any
 * case).
 *
 * @throws {@link UnreadableKind} `couldn't get version/kind; json parse error: …`
 */
export function readObjectKind(source: ByteString): ObjectKind {
  const syntax = jsonSyntaxError(source);
  if (syntax !== undefined) throw parseError(syntax);
  const { apiVersion, kind } = readHead(jsonDocument(source));
  const [first = '', second, ...rest] = apiVersion.split('/');
  if (rest.length > 0) throw new UnreadableKind(`unexpected GroupVersion string: ${apiVersion}`);
  if (second === undefined) return { apiVersion, group: '', version: first, kind };
  return { apiVersion, group: first, version: second, kind };
}

const parseError = (problem: string) =>
  new UnreadableKind(`couldn't get version/kind; json parse error: ${problem}`);

/** How Go prints the type that it decodes into: it has no name. */
const headType =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function readHead(document: JsonValue): { readonly apiVersion: string; readonly kind: string } {
  const head = { apiVersion: '', kind: '' };
  if (document.kind === 'null') return head;
  if (document.kind !== 'object') throw parseError(new JsonTypeError(document.kind, headType).message);
  let wrong: { readonly kind: JsonKind; readonly field: string } | undefined;
  for (const { name, value } of jsonMembers(document)) {
    const field = fieldNamed(['apiVersion', 'kind'], name);
    if (field === undefined || value.kind === 'null') continue;
    if (value.kind === 'string') head[field] = jsonText(value);
    else wrong ??= { kind: value.kind, field };
  }
  if (wrong !== undefined) throw parseError(new JsonTypeError(wrong.kind, 'string', '', wrong.field).message);
  return head;
}
