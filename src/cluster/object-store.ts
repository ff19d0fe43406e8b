import type { ObjectName } from './manifest-problem.js';
import type { ObjectMeta } from './objects.js';
import type { Sourced } from './source.js';

/** Objects of one kind by namespace and name, in the order in which they came. */
export interface ObjectStore<T extends { readonly metadata: ObjectMeta }> {
  get(namespace: string, name: string): Sourced<T> | undefined;
  /** Puts an object in, at the end; what had its name before is gone and returned. */
  put(entry: Sourced<T>): Sourced<T> | undefined;
  list(): readonly Sourced<T>[];
}

export function createObjectStore<T extends { readonly metadata: ObjectMeta }>(): ObjectStore<T> {
  const entries = new Map<string, Sourced<T>>();
  return {
    get: (namespace, name) => entries.get(`${namespace}/${name}`),
    put(entry) {
      const { namespace = '', name = '' } = entry.object.metadata;
      const key = `${namespace}/${name}`;
      const before = entries.get(key);
      entries.delete(key);
      entries.set(key, entry);
      return before;
    },
    list: () => [...entries.values()],
  };
}

/** `Secret default/regcred` */
export const printObject = ({ kind, namespace, name }: ObjectName): string => `${kind} ${namespace}/${name}`;
