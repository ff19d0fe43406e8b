import type { ByteString } from './byte-string.js';
import { isGlob } from './go-glob.js';
import { labelMatches, type MatchTarget, readTarget } from './registry-key.js';

/**
 * Index keys arranged so that a lookup touches only those that can match: host labels from the right, then the port,
 * then the path by its length. It answers what testing every key by kubelet.md §2.5 would answer, in no order.
 */
export interface MatchTree<Value> {
  add(indexKey: string, value: Value): void;
  /** The values of all keys that match. */
  find(repository: string): readonly Value[];
}

export function createMatchTree<Value>(): MatchTree<Value> {
  const root = createNode<Value>();
  return {
    add(indexKey, value) {
      const target = readTarget(indexKey);
      // A key that cannot be read again, say because its path decoded to a control character, never matches.
      if (typeof target !== 'string') plant(root, target, value);
    },
    find(repository) {
      const target = readTarget(repository);
      return typeof target === 'string' ? [] : collect(root, target, target.labels.length - 1, []);
    },
  };
}

interface Node<Value> {
  readonly labels: Map<ByteString, Node<Value>>;
  readonly globs: Map<ByteString, Node<Value>>;
  /** Keys whose host ends here, by port. */
  readonly ports: Map<ByteString, Paths<Value>>;
}

interface Paths<Value> {
  readonly byPath: Map<ByteString, Value[]>;
  readonly lengths: Set<number>;
}

const createNode = <Value>(): Node<Value> => ({ labels: new Map(), globs: new Map(), ports: new Map() });

function plant<Value>(root: Node<Value>, { labels, port, path }: MatchTarget, value: Value): void {
  let node = root;
  for (const label of labels.toReversed()) {
    node = getOrAdd(isGlob(label) ? node.globs : node.labels, label, createNode<Value>);
  }
  const paths = getOrAdd(node.ports, port, (): Paths<Value> => ({ byPath: new Map(), lengths: new Set() }));
  paths.lengths.add(path.length);
  getOrAdd(paths.byPath, path, (): Value[] => []).push(value);
}

function collect<Value>(node: Node<Value>, target: MatchTarget, depth: number, found: Value[]): Value[] {
  const label = target.labels[depth];
  if (label === undefined) return collectPaths(node.ports.get(target.port), target.path, found);
  const literal = node.labels.get(label);
  if (literal !== undefined) collect(literal, target, depth - 1, found);
  for (const [glob, child] of node.globs) {
    if (labelMatches(glob, label)) collect(child, target, depth - 1, found);
  }
  return found;
}

function collectPaths<Value>(paths: Paths<Value> | undefined, path: ByteString, found: Value[]): Value[] {
  for (const length of paths?.lengths ?? []) {
    if (length <= path.length) found.push(...(paths?.byPath.get(path.slice(0, length)) ?? []));
  }
  return found;
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const present = map.get(key);
  if (present !== undefined) return present;
  const added = create();
  map.set(key, added);
  return added;
}
