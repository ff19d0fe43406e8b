import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import {
  keyText,
  resolvePlainScalar,
  resolveTaggedScalar,
  ScalarError,
  type ScalarValue,
} from './go-yaml-scalar.js';
import { type JsonObject, type JsonValue, setField } from './json-value.js';
import type { Positions } from './positions.js';
import type { FieldPath } from './source.js';

/** A parsed document as kubectl sees it. */
export interface YamlValue {
  readonly value: JsonValue;
  readonly positions: Positions;
  /** Keys that are written twice in one mapping; the last one counts. */
  readonly duplicates: readonly { readonly path: FieldPath; readonly at: number }[];
}

/** Something that parses as YAML and that kubectl cannot make JSON of. */
export class YamlValueError extends Error {
  override readonly name = 'YamlValueError';
  /** Offset into the document. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * Makes JSON of a document as kubectl does (sigs.k8s.io/yaml over go-yaml 2): YAML 1.1 scalars, later keys over earlier
 * ones, merge keys over the keys before them and under those after, aliases expanded within the library's bounds.
 *
 * @param base offset of the document in its text
 * @throws {@link YamlValueError}
 */
export function yamlValue(document: Document.Parsed, base: number): YamlValue {
  const state: State = {
    base,
    anchors: new Map(),
    open: new Set(),
    nodes: 0,
    expanded: 0,
    depth: 0,
    duplicates: [],
  };
  const { value, positions } = convert(document.contents, state, undefined);
  return { value, positions, duplicates: state.duplicates };
}

interface Converted {
  readonly value: JsonValue;
  readonly positions: Positions;
}

/** The way down to a node, from its end; made into a path only for the few that need one. */
interface Trail {
  readonly up: Trail | undefined;
  readonly step: string | number;
}

interface State {
  readonly base: number;
  /** The latest node of each anchor, in the order of the text. */
  readonly anchors: Map<string, unknown>;
  /** Nodes being expanded: one of them inside itself would never end. */
  readonly open: Set<unknown>;
  nodes: number;
  /** Nodes that came from aliases. */
  expanded: number;
  depth: number;
  readonly duplicates: { path: FieldPath; at: number }[];
}

function convert(node: unknown, state: State, trail: Trail | undefined, at = offset(node, state)): Converted {
  count(state, at);
  if (isAlias(node)) return expand(node, state, trail, at);
  rememberAnchor(node, state);
  if (isMap(node)) return convertMap(node, state, trail, at);
  if (isSeq(node)) return convertSequence(node, state, trail, at);
  return { value: isScalar(node) ? finite(scalar(node, at), at) : null, positions: { at } };
}

/** The library's guard against documents that grow when their aliases are expanded ("billion laughs"). */
function count(state: State, at: number): void {
  state.nodes += 1;
  if (state.depth > 0) state.expanded += 1;
  if (
    state.expanded > 100 &&
    state.nodes > 1000 &&
    state.expanded / state.nodes > allowedShare(state.nodes)
  ) {
    throw new YamlValueError('document contains excessive aliasing', at);
  }
}

/** 99 % of a small document may come from aliases, 10 % of a very large one. */
function allowedShare(nodes: number): number {
  const [low, high] = [400_000, 4_000_000];
  return 0.99 - 0.89 * Math.min(1, Math.max(0, (nodes - low) / (high - low)));
}

/** The name is not repeated: a password that begins with `*` and has no quotes is read as an alias. */
const unknownAnchor = 'an alias (*name) has no anchor before it; put a value that begins with * in quotes';

function expand(alias: Alias, state: State, trail: Trail | undefined, at: number): Converted {
  const target = state.anchors.get(alias.source);
  if (target === undefined) throw new YamlValueError(unknownAnchor, at);
  if (state.open.has(target)) throw new YamlValueError('the value of an anchor contains itself', at);
  state.depth += 1;
  const converted = convert(target, state, trail);
  state.depth -= 1;
  return { value: converted.value, positions: { ...converted.positions, at } };
}

function rememberAnchor(node: unknown, state: State): void {
  const anchor = (node as { anchor?: string } | null)?.anchor;
  if (anchor !== undefined) state.anchors.set(anchor, node);
}

function convertSequence(sequence: YAMLSeq, state: State, trail: Trail | undefined, at: number): Converted {
  state.open.add(sequence);
  const items = sequence.items.map((item, step) => convert(item, state, { up: trail, step }));
  state.open.delete(sequence);
  const positions = { at, items: items.map((item) => item.positions) };
  return { value: items.map((item) => item.value), positions };
}

function convertMap(map: YAMLMap, state: State, trail: Trail | undefined, at: number): Converted {
  const value: JsonObject = {};
  const fields: Record<string, Positions> = Object.create(null);
  const written = new Set<string>();
  state.open.add(map);
  for (const { key, value: node } of map.items) {
    const keyAt = offset(key, state);
    if (isMergeKey(key)) {
      merge(node, state, trail, keyAt, value, fields);
      continue;
    }
    rememberAnchor(key, state);
    const name = keyOf(key, state, keyAt);
    const here = { up: trail, step: name };
    const converted = convert(node, state, here, keyAt);
    if (written.has(name)) state.duplicates.push({ path: pathOf(here), at: keyAt });
    written.add(name);
    setField(value, name, converted.value);
    fields[name] = converted.positions;
  }
  state.open.delete(map);
  return { value, positions: { at, fields } };
}

function pathOf(trail: Trail | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let link = trail; link !== undefined; link = link.up) path.unshift(link.step);
  return path;
}

const isMergeKey = (key: unknown): boolean =>
  isScalar(key) && key.value === '<<' && (key.type === 'PLAIN' || key.tag === 'tag:yaml.org,2002:merge');

/** Of several merged mappings the first one wins. */
function merge(
  node: unknown,
  state: State,
  trail: Trail | undefined,
  at: number,
  value: JsonObject,
  fields: Record<string, Positions>,
): void {
  const sources = isSeq(node) ? [...node.items].reverse() : [node];
  for (const source of sources) {
    const target = isAlias(source) ? state.anchors.get(source.source) : source;
    if (target !== undefined && !isMap(target)) {
      throw new YamlValueError('map merge requires map or sequence of maps as the value', at);
    }
    const merged = convert(source, state, trail, at);
    for (const [name, part] of Object.entries(merged.value as JsonObject)) setField(value, name, part);
    Object.assign(fields, merged.positions.fields);
  }
}

/** Keys are text in JSON: numbers and booleans become their text, other keys cannot be. */
function keyOf(key: unknown, state: State, at: number): string {
  const target = isAlias(key) ? state.anchors.get(key.source) : key;
  if (isMap(target) || isSeq(target)) throw new YamlValueError(mapKeyProblem(target), at);
  const value = isScalar(target) ? scalar(target, at) : null;
  if (value === null) throw new YamlValueError('a key is missing before ":", or is null', at);
  return keyText(value);
}

/** `image: {{ .Values.image }}` is a mapping with a mapping as its key: a template that nobody rendered. */
const mapKeyProblem = (key: unknown): string =>
  isMap(key) && key.flow
    ? 'invalid map key: "{{ … }}" is a template; render it first, for example with helm template'
    : 'invalid map key: a key must be text, not a mapping or a list';

function scalar(node: Scalar, at: number): ScalarValue {
  const text = String(node.value ?? '');
  try {
    if (node.tag !== undefined) return resolveTaggedScalar(node.tag, text);
    return node.type === 'PLAIN' ? resolvePlainScalar(text) : text;
  } catch (error) {
    throw error instanceof ScalarError ? new YamlValueError(error.message, at) : error;
  }
}

function finite(value: ScalarValue, at: number): ScalarValue {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const word = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new YamlValueError(`json: unsupported value: ${word}`, at);
}

const offset = (node: unknown, state: State): number =>
  state.base + ((node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0);
