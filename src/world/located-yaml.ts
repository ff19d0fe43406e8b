import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { SourceLocation } from '../cluster/source.js';
import { yamlProblem } from '../cluster/yaml-problems.js';
import type { Path } from './shape-check.js';

/** A YAML document as a plain value, with the place where each part of it was written. */
export interface LocatedYaml {
  readonly value: unknown;
  /** Problems of the YAML itself; then `value` is undefined. */
  readonly problems: readonly { readonly message: string; readonly source: SourceLocation }[];
  /** Where the value at `path` (or with `atKey` its key) was written; its nearest existing parent when it is absent. */
  locate(path: Path, atKey?: boolean): SourceLocation;
}

/**
 * Reads one YAML (or JSON) document. Keys are always text, as written: the tag `1.20` stays `1.20`, although YAML
 * reads it as the number 1.2.
 */
export function readLocatedYaml(yaml: string, file: string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, merge: true, prettyErrors: false });
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems = [
    ...document.errors.map(({ code, message, pos }) => ({
      message: yamlProblem(code, message),
      source: at(pos[0]),
    })),
    ...badAliases(document).map(({ message, offset }) => ({ message, source: at(offset) })),
  ];
  if (problems.length > 0) return { value: undefined, problems, locate: () => at(0) };
  keepKeysAsWritten(document);
  const value = expanded(document);
  if (value === tooManyAliases)
    return { value: undefined, problems: [{ message: tooManyAliases, source: at(0) }], locate: () => at(0) };
  return {
    value,
    problems,
    locate: (path, atKey = false) => at(offsetOf(document.contents, path, atKey)),
  };
}

const tooManyAliases = 'YAML: aliases make the document too large; write some of them out';

function expanded(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // All that the library throws here, once every alias is known to have a value.
    if (error instanceof ReferenceError) return tooManyAliases;
    throw error;
  }
}

/** Aliases without a value to stand for. Names are not repeated: `password: *secret` without quotes is an alias, too. */
function badAliases(document: ReturnType<typeof parseDocument>): { message: string; offset: number }[] {
  const found: { message: string; offset: number }[] = [];
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      const offset = alias.range?.[0] ?? 0;
      if (target === undefined) found.push({ message: danglingAlias, offset });
      else if (ancestors.includes(target)) found.push({ message: endlessAlias, offset });
    },
  });
  return found;
}

const danglingAlias =
  'YAML: an alias (*name) has no anchor before it; put a value that begins with * in quotes';
const endlessAlias = 'YAML: the value of an anchor contains itself; write it without the alias';

function keepKeysAsWritten(document: ReturnType<typeof parseDocument>): void {
  visit(document, {
    Pair(_, pair) {
      const key = pair.key;
      if (isScalar(key) && typeof key.value !== 'string' && typeof key.source === 'string')
        key.value = key.source;
    },
  });
}

function offsetOf(contents: Node | null, path: Path, atKey: boolean): number {
  let node: unknown = contents;
  let offset = startOf(contents) ?? 0;
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
      if (last && atKey) return offset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
    } else return offset;
    offset = startOf(node) ?? offset;
  }
  return offset;
}

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0];
