import { Document, parseDocument as parseYaml } from 'yaml';
import { readSimpleYaml } from './simple-yaml.js';
import type { DocumentText } from './split-documents.js';
import { isTemplate, yamlProblem } from './yaml-problems.js';
import { type YamlValue, YamlValueError, yamlValue } from './yaml-value.js';

/** A document, or why it cannot be read; `undefined` when it is empty. */
export type ParsedDocument =
  | ({ readonly ok: true } & YamlValue)
  | { readonly ok: false; readonly message: string; readonly at: number }
  | undefined;

/**
 * `failsafe` leaves every scalar as text: kubectl's rules of 1.1 are applied afterwards. Later duplicates win there, so
 * they are no error here.
 */
const options = {
  schema: 'failsafe',
  version: '1.1',
  uniqueKeys: false,
  merge: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** Parses one document of a stream. Offsets are those of the stream. Throws nothing, however the text looks. */
export function parseDocument(document: DocumentText): ParsedDocument {
  const simple = readSimpleYaml(document.text, document.start);
  return simple === undefined ? parseFully(document) : { ok: true, ...simple, duplicates: [] };
}

/** The same by the full parser, whatever the document. */
export function parseFully(document: DocumentText): ParsedDocument {
  try {
    return parse(document);
  } catch (error) {
    if (error instanceof YamlValueError)
      return { ok: false, message: `YAML: ${error.message}`, at: error.at };
    // The parser and everything after it walk down recursively: only a text made for it gets here.
    if (error instanceof RangeError) {
      return { ok: false, message: 'the document is nested too deeply to be read', at: document.start };
    }
    throw error;
  }
}

function parse({ text, start }: DocumentText): ParsedDocument {
  const parsed = parseYaml(text, options);
  const [error] = parsed.errors;
  if (error !== undefined) {
    const at = start + Math.min(error.pos[0], Math.max(0, text.trimEnd().length - 1));
    const message = isTemplate(text)
      ? 'YAML: this is a Helm template, not a manifest; render it first, for example with helm template'
      : yamlProblem(error.code, error.message);
    return { ok: false, message, at };
  }
  if (parsed.contents === null || !(parsed instanceof Document)) return undefined;
  return { ok: true, ...yamlValue(parsed as Document.Parsed, start) };
}
