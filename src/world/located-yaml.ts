import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { SourceLocation } from '../cluster/source.js';
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
  const problems = document.errors.map((error) => ({
    message: error.message,
    source: at(error.pos[0]),
  }));
  if (problems.length > 0) return { value: undefined, problems, locate: () => at(0) };
  keepKeysAsWritten(document);
  return {
    value: document.toJS({ maxAliasCount: 1000 }),
    problems,
    locate: (path, atKey = false) => at(offsetOf(document.contents, path, atKey)),
  };
}

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
