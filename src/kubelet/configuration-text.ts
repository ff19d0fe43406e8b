import { isJsonObject, type JsonValue } from '../cluster/json-value.js';
import { parseDocument } from '../cluster/parse-document.js';
import { createLineIndex, offsetOf, type Positions } from '../cluster/positions.js';
import type { FieldPath } from '../cluster/source.js';
import { splitDocuments } from '../cluster/split-documents.js';
import { type ByteString, toByteString } from '../credentials/byte-string.js';
import { goQuote } from '../image/go-quote.js';

/** A configuration file of the kubelet, YAML or JSON, as the JSON that its decoder gets. */
export interface ConfigurationText {
  readonly json: ByteString;
  /** Keys that are written twice in YAML: the strict decoder's first complaint. JSON's own are left to the decoder. */
  readonly duplicates?: { readonly message: string; readonly line: number };
  /** The line of a field, from 1; of its nearest existing parent when it is absent. */
  lineOf(path: FieldPath): number;
}

/** YAML that cannot be read. */
export class UnreadableConfiguration extends Error {
  override readonly name = 'UnreadableConfiguration';
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads the text of a configuration file: what begins with a brace is JSON, all else YAML as the kubelet's library reads it
 * (YAML 1.1; the first document of several counts, and its fields come in sorted order).
 *
 * @throws {@link UnreadableConfiguration} for broken YAML; broken JSON is left to the decoder
 */
export function readConfigurationText(text: string): ConfigurationText {
  const [document] = splitDocuments(text);
  const parsed = document && parseDocument(document);
  const lines = createLineIndex('', text);
  if (/^[ \t\r\n\v\f]*\{/.test(text)) {
    const positions = parsed?.ok === true ? parsed.positions : nowhere;
    return {
      json: toByteString(text),
      lineOf: (path) => lines.locate(offsetOf(positions, path)).line,
    };
  }
  if (parsed?.ok === false) throw new UnreadableConfiguration(parsed.message, lines.locate(parsed.at).line);
  const positions = parsed?.positions ?? nowhere;
  const duplicates = (parsed?.duplicates ?? []).map(({ path, at }) => ({
    key: goQuote(String(path.at(-1))),
    line: lines.locate(at).line,
  }));
  const [first] = duplicates;
  const told = duplicates.map(({ key, line }) => `\n  line ${line}: key ${key} already set in map`);
  return {
    json: toByteString(JSON.stringify(inSortedOrder(parsed?.value ?? null))),
    ...(first && { duplicates: { message: `yaml: unmarshal errors:${told.join('')}`, line: first.line } }),
    lineOf: (path) => lines.locate(offsetOf(positions, path)).line,
  };
}

const nowhere: Positions = { at: 0 };

function inSortedOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inSortedOrder);
  if (!isJsonObject(value)) return value;
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, inSortedOrder(value[key] ?? null)] as const);
  return Object.fromEntries(entries);
}
