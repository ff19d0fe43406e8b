import { resolvePlainScalar } from './go-yaml-scalar.js';
import { type JsonObject, type JsonValue, setField } from './json-value.js';
import type { Positions } from './positions.js';

/** A document of plain block YAML: value and positions, as the full parser would give them. */
export interface SimpleYaml {
  readonly value: JsonValue;
  readonly positions: Positions;
}

/**
 * Reads the YAML that most manifests are: block mappings and lists, one-line scalars of harmless characters, whole-line
 * comments. At the first thing that could mean anything else (an anchor, a tag, a flow collection, a block scalar, a tab, a
 * duplicate, an escape, an odd indentation, a mistake) it gives up, and the full parser, ten times slower, decides.
 *
 * @param base offset of the document in its text
 * @returns `undefined` when it gave up
 */
export function readSimpleYaml(text: string, base: number): SimpleYaml | undefined {
  const lines = readLines(text, base);
  const [first] = lines ?? [];
  if (lines === undefined || first === undefined || isItem(first)) return undefined;
  const reader: Reader = { lines, next: 0 };
  const root = readMapping(reader, first.indent);
  return root === undefined || reader.next < lines.length ? undefined : root;
}

interface Line {
  /** Spaces before the text; the column for what follows a dash. */
  readonly indent: number;
  readonly text: string;
  readonly at: number;
}

interface Reader {
  readonly lines: Line[];
  next: number;
}

/** No manifest is indented further; the reader goes down one call per level. */
const deepest = 500;

/** The lines that say something; `undefined` when one has a character that is left to the full parser. */
function readLines(text: string, base: number): Line[] | undefined {
  if (/[^\n\r -~]/.test(text)) return undefined;
  const lines: Line[] = [];
  for (const { 0: whole, 1: spaces = '', 2: said = '', index } of text.matchAll(/^( *)([^\n]*)$/gm)) {
    const trimmed = said.trimEnd();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    if (spaces.length > deepest || (whole.includes('\r') && !whole.endsWith('\r'))) return undefined;
    lines.push({ indent: spaces.length, text: trimmed, at: base + index + spaces.length });
  }
  return lines;
}

const isItem = ({ text }: Line): boolean => text === '-' || text.startsWith('- ');

/** A key that can be nothing but text, its colon, and what follows on the line. */
const field = /^([A-Za-z_./][\w./-]*):(?: +(.*))?$/;

function readMapping(reader: Reader, indent: number): SimpleYaml | undefined {
  const value: JsonObject = {};
  const fields: Record<string, Positions> = Object.create(null);
  const at = reader.lines[reader.next]?.at ?? 0;
  for (let line = reader.lines[reader.next]; line?.indent === indent; line = reader.lines[reader.next]) {
    const [, key = '', rest = ''] = field.exec(line.text) ?? [];
    if (key === '' || key in fields || resolvePlainScalar(key) !== key) return undefined;
    reader.next += 1;
    const read = rest === '' ? readBelow(reader, indent, true) : readScalar(rest, reader, indent);
    if (read === undefined) return undefined;
    setField(value, key, read.value);
    fields[key] = { ...read.positions, at: line.at };
  }
  return deeper(reader, indent) ? undefined : { value, positions: { at, fields } };
}

function readList(reader: Reader, indent: number): SimpleYaml | undefined {
  const values: JsonValue[] = [];
  const items: Positions[] = [];
  const at = reader.lines[reader.next]?.at ?? 0;
  for (let line = reader.lines[reader.next]; line?.indent === indent; line = reader.lines[reader.next]) {
    if (!isItem(line)) break;
    const read = readItem(reader, line);
    if (read === undefined) return undefined;
    values.push(read.value);
    items.push(read.positions);
  }
  return deeper(reader, indent) ? undefined : { value: values, positions: { at, items } };
}

/** What follows a dash on its line is read as a line of its own that begins there; a dash alone is rare. */
function readItem(reader: Reader, line: Line): SimpleYaml | undefined {
  const rest = line.text.slice(1).trimStart();
  if (rest === '') {
    reader.next += 1;
    const below = readBelow(reader, line.indent, false);
    return below?.value === null ? undefined : below;
  }
  const shift = line.text.length - rest.length;
  if (field.test(rest)) {
    const inner = { indent: line.indent + shift, text: rest, at: line.at + shift };
    reader.lines[reader.next] = inner;
    return readMapping(reader, inner.indent);
  }
  reader.next += 1;
  const read = readScalar(rest, reader, line.indent);
  return read && { ...read, positions: { ...read.positions, at: line.at + shift } };
}

/** The block below a key or a dash; a list may stand right below its key, no deeper. Nothing there is null. */
function readBelow(reader: Reader, indent: number, listMayAlign: boolean): SimpleYaml | undefined {
  const line = reader.lines[reader.next];
  const aligned = listMayAlign && line?.indent === indent && isItem(line);
  if (line === undefined || (line.indent <= indent && !aligned)) return { value: null, positions: { at: 0 } };
  return isItem(line) ? readList(reader, line.indent) : readMapping(reader, line.indent);
}

const plain = /^[A-Za-z0-9_./~+][\w./:@+=~, -]*$/;
const quoted = /^(?:"([^"\\]*)"|'([^']*)')$/;

/** A scalar that ends on its line: a deeper line behind it would go on with it. */
function readScalar(text: string, reader: Reader, indent: number): SimpleYaml | undefined {
  if (deeper(reader, indent)) return undefined;
  const positions = { at: 0 };
  const [isQuoted, double, single] = quoted.exec(text) ?? [];
  if (isQuoted !== undefined) return { value: double ?? single ?? '', positions };
  if (text === '{}') return { value: {}, positions: { at: 0, fields: Object.create(null) } };
  if (text === '[]') return { value: [], positions: { at: 0, items: [] } };
  if (!plain.test(text) || text.endsWith(':') || text.includes(': ')) return undefined;
  const value = resolvePlainScalar(text);
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : { value, positions };
}

const deeper = (reader: Reader, indent: number): boolean => (reader.lines[reader.next]?.indent ?? 0) > indent;
