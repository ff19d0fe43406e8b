import { type GoType, goType } from './go-type.js';
import { editDistance } from './nearest-names.js';

/** What an unknown field may have been meant as. */
export type FieldSuggestion =
  /** Another spelling of it in the same place: `imagePullSecret` → `imagePullSecrets`. */
  | { readonly kind: 'spelling'; readonly field: string }
  /** The same name elsewhere in the object, nearest to the root: `spec.template.spec.imagePullSecrets`. */
  | { readonly kind: 'level'; readonly field: string };

/**
 * A guess at what an unknown field should have been; `undefined` when nothing is near. Case, one letter in four and a
 * missing plural count as spelling.
 *
 * @param within the Go type that does not have the field
 * @param root the Go type of the object's kind
 */
export function suggestField(field: string, within: string, root: string): FieldSuggestion | undefined {
  const type = goType(within);
  const here = type.kind === 'struct' ? nearest(field, [...type.fields.keys()]) : undefined;
  if (here !== undefined) return { kind: 'spelling', field: here };
  const elsewhere = findField(field, goType(root));
  return elsewhere === undefined ? undefined : { kind: 'level', field: elsewhere };
}

function nearest(field: string, names: readonly string[]): string | undefined {
  const wanted = field.toLowerCase();
  const limit = Math.max(1, Math.floor(field.length / 4));
  const ranked = names
    .map((name) => ({ name, distance: editDistance(wanted, name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= limit ? best.name : undefined;
}

/** Breadth first, so that the shallowest place wins; `[]` stands for any item. `status` is not the author's to write. */
function findField(field: string, root: GoType): string | undefined {
  const seen = new Set<string>();
  let level: { type: GoType; path: string }[] = [{ type: root, path: '' }];
  while (level.length > 0) {
    const next: { type: GoType; path: string }[] = [];
    const hits: string[] = [];
    for (const { type, path } of level) {
      if (type.kind !== 'struct') continue;
      if (type.fields.has(field)) hits.push(join(path, field));
      if (seen.has(type.text)) continue;
      seen.add(type.text);
      for (const child of type.fields.values()) {
        if (child.name !== 'status') next.push(stepInto(child.type, join(path, child.name)));
      }
    }
    // Containers come before init containers, whose name is longer.
    if (hits.length > 0) return hits.reduce((one, other) => (other.length < one.length ? other : one));
    level = next;
  }
  return undefined;
}

const stepInto = (type: GoType, path: string): { type: GoType; path: string } =>
  type.kind === 'slice' ? { type: type.element, path: `${path}[]` } : { type, path };

const join = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`);
