import { goQuote } from '../image/go-quote.js';
import { printPath } from './field-path.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';
import type { ManifestError, ManifestWarning } from './manifest-problem.js';
import { parseDocument } from './parse-document.js';
import { plainObject } from './plain-object.js';
import { createLineIndex, type LineIndex, offsetOf, type Positions } from './positions.js';
import type { FieldPath, Sourced, SourceLocation } from './source.js';
import { type DocumentText, splitDocuments } from './split-documents.js';

/** Text of a file, of stdin or of a template's output; or an object made by a program. */
export type ManifestInput =
  | {
      /** As the user gave it; `-` for stdin. */
      readonly file: string;
      readonly text: string;
      /** Found in a folder rather than named: then it may hold anything (a chart's values, a package.json). */
      readonly found?: boolean;
    }
  | { readonly file: string; readonly object: unknown };

/** An object as written: JSON, with its lines and what the parser noticed. */
export interface Manifest extends Sourced<JsonObject> {
  /** `# Source: chart/templates/deployment.yaml`, which helm writes above each object. */
  readonly template?: string;
}

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestWarning[];
}

/**
 * Reads every object of every input, in order: multi-document YAML, JSON, lists (`List` and typed ones) one level after
 * another. What cannot be read is an error with its line, and never hides what stands beside it. Throws nothing.
 */
export function readManifests(inputs: readonly ManifestInput[]): ReadManifests {
  const result: Collected = { manifests: [], errors: [], warnings: [] };
  for (const input of inputs) {
    if ('object' in input) readObject(input.file, input.object, result);
    else readText(input.file, input.text, input.found === true, result);
  }
  return result;
}

interface Collected {
  readonly manifests: Manifest[];
  readonly errors: ManifestError[];
  readonly warnings: ManifestWarning[];
}

/** One value of a document or list, before it is known to be an object. */
interface Piece {
  readonly value: JsonValue;
  readonly source: SourceLocation;
  readonly locate: (path: FieldPath) => SourceLocation;
  readonly template?: string;
}

function readText(file: string, text: string, found: boolean, result: Collected): void {
  const lines = createLineIndex(file, text);
  for (const document of splitDocuments(text)) readDocument(document, lines, found, result);
}

function readDocument(document: DocumentText, lines: LineIndex, found: boolean, result: Collected): void {
  if (document.problem !== undefined) {
    const message = `YAML: ${document.problem}; put what follows "---" on a line of its own`;
    result.errors.push(unreadable(message, lines.locate(document.start)));
  }
  const parsed = parseDocument(document);
  if (parsed === undefined) return;
  if (!parsed.ok) {
    result.errors.push(unreadable(parsed.message, lines.locate(parsed.at)));
    return;
  }
  for (const { path, at } of parsed.duplicates) {
    const message = `duplicate field ${goQuote(printPath(path))}: the last one counts; remove the others`;
    result.warnings.push({ kind: 'duplicate-field', message, path, source: lines.locate(at) });
  }
  const piece = pieceAt(parsed.value, parsed.positions, lines);
  const template = templateAbove(document, parsed.positions.at) ?? originOf(parsed.value);
  addPiece(template === undefined ? piece : rendered(piece, template), found, result);
}

const rendered = (piece: Piece, template: string): Piece => ({
  ...piece,
  source: { ...piece.source, template },
  locate: (path) => ({ ...piece.locate(path), template }),
  template,
});

/** What kustomize writes with `buildMetadata: [originAnnotations]`: the path of the file among lines of YAML. */
function originOf(value: JsonValue): string | undefined {
  const metadata = isJsonObject(value) ? value.metadata : undefined;
  const annotations = isJsonObject(metadata) ? metadata.annotations : undefined;
  const origin = isJsonObject(annotations) ? annotations['config.kubernetes.io/origin'] : undefined;
  return typeof origin === 'string' ? /^path: *(\S.*?)\s*$/m.exec(origin)?.[1] : undefined;
}

const pieceAt = (value: JsonValue, positions: Positions, lines: LineIndex): Piece => ({
  value,
  source: lines.locate(positions.at),
  locate: (path) => lines.locate(offsetOf(positions, path)),
});

const templateAbove = ({ text, start }: DocumentText, objectAt: number): string | undefined =>
  /^# Source: *(\S.*?)\s*$/m.exec(text.slice(0, Math.max(0, objectAt - start)))?.[1];

function readObject(file: string, object: unknown, result: Collected): void {
  const source = { file, line: 1 };
  const plain = plainObject(object);
  if (!plain.ok) result.errors.push(unreadable(plain.message, source));
  else addPiece({ value: plain.value, source, locate: () => source }, false, result);
}

function addPiece(piece: Piece, found: boolean, result: Collected): void {
  const { value, source } = piece;
  if (value === null) return;
  if (!isJsonObject(value)) {
    const what = Array.isArray(value)
      ? 'a list; write it as kind: List with its entries under items'
      : 'plain text';
    tell(
      `not a Kubernetes object, which is a mapping with apiVersion and kind: this is ${what}`,
      source,
      found,
      result,
    );
    return;
  }
  const problem = headProblem(value);
  if (problem !== undefined) {
    const foreign = found && ['kind', 'metadata', 'spec'].every((name) => value[name] === undefined);
    tell(problem, source, foreign, result);
    return;
  }
  const items = listItems(value);
  if (items === 'none')
    tell('the items of a List must be a list: begin each with "- "', source, false, result);
  else if (items !== undefined) addItems(value, items, piece, result);
  else result.manifests.push({ ...piece, object: value });
}

/** In a folder anything may lie about, a Chart.yaml or values.yaml too: what has no part of an object is passed over. */
function tell(message: string, source: SourceLocation, isForeign: boolean, result: Collected): void {
  if (isForeign) result.warnings.push({ kind: 'not-an-object', message: `skipped: ${message}`, source });
  else result.errors.push(unreadable(message, source));
}

/** kubectl asks for both before it sends anything. */
function headProblem({ kind, apiVersion }: JsonObject): string | undefined {
  if (typeof kind !== 'string' || kind === '') {
    return "Object 'Kind' is missing: a Kubernetes object says what it is, for example kind: Pod";
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    return `Object 'apiVersion' is missing: a ${kind} says which API it belongs to, for example apiVersion: v1`;
  }
  return undefined;
}

/** What a list lists; `undefined` when the object is no list, `none` when a list lists something else. */
function listItems({ kind, items }: JsonObject): readonly JsonValue[] | 'none' | undefined {
  if (kind !== 'List') return String(kind).endsWith('List') && Array.isArray(items) ? items : undefined;
  if (items === undefined || items === null) return [];
  return Array.isArray(items) ? items : 'none';
}

/** Items of a typed list (`PodList`) need not say their kind. */
function addItems(list: JsonObject, items: readonly JsonValue[], piece: Piece, result: Collected): void {
  const { kind, apiVersion } = list as { kind: string; apiVersion: string };
  const inherited: JsonObject = kind === 'List' ? {} : { kind: kind.slice(0, -'List'.length), apiVersion };
  for (const [index, item] of items.entries()) {
    const locate = (path: FieldPath) => piece.locate(['items', index, ...path]);
    const value = isJsonObject(item) ? { ...inherited, ...item } : item;
    addPiece({ ...piece, value, source: locate([]), locate }, false, result);
  }
}

const unreadable = (message: string, source: SourceLocation): ManifestError => ({
  kind: 'unreadable',
  message,
  source,
});
