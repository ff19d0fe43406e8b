import { apiNamedTypes, apiStructs } from '../versions/api-fields.js';

/** A Go type of the Kubernetes API, as far as its JSON decoder looks at it. Pointers are left out. */
export type GoType =
  | { readonly kind: 'struct'; readonly text: string; readonly fields: ReadonlyMap<string, GoField> }
  | { readonly kind: 'slice'; readonly text: string; readonly element: GoType }
  | { readonly kind: 'map'; readonly text: string; readonly element: GoType }
  | { readonly kind: ScalarKind | SelfDecoding; readonly text: string };

/** `bytes` is base64 text in JSON. */
type ScalarKind = 'string' | 'bool' | 'int32' | 'int64' | 'bytes';

/** Types with a decoder of their own. */
type SelfDecoding = 'quantity' | 'intOrString' | 'time' | 'any';

export interface GoField {
  readonly name: string;
  readonly type: GoType;
  /** Go names of the embedded structs that hold it. */
  readonly via: readonly string[];
  /** The Kubernetes minor that brought it; 0 for those before 1.24. */
  readonly since: number;
}

const selfDecoding: Readonly<Record<string, SelfDecoding>> = {
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intOrString',
  'v1.Time': 'time',
  'v1.FieldsV1': 'any',
};

const scalars: Readonly<Record<string, ScalarKind>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  '[]uint8': 'bytes',
  uint8: 'int32',
};

const known = new Map<string, GoType>();

/** The type of that Go name: `v1.Pod`, `[]v1.Container`, `map[string]string`, `v1.PullPolicy`. */
export function goType(text: string): GoType {
  let type = known.get(text);
  if (type === undefined) {
    type = makeType(text);
    known.set(text, type);
  }
  return type;
}

function makeType(text: string): GoType {
  const own = selfDecoding[text];
  if (own !== undefined) return { kind: own, text };
  // A named type keeps its name in errors and decodes as what it stands for.
  const form = apiNamedTypes[text] ?? text;
  const scalar = scalars[form];
  if (scalar !== undefined) return { kind: scalar, text };
  if (form.startsWith('[]')) return withElement('slice', text, form.slice(2));
  if (form.startsWith('map[')) return withElement('map', text, form.slice(form.indexOf(']') + 1));
  return makeStruct(text);
}

/** Types contain one another, so elements and fields are looked up when they are first asked for. */
const withElement = (kind: 'slice' | 'map', text: string, element: string): GoType => ({
  kind,
  text,
  get element() {
    return goType(element);
  },
});

function makeStruct(text: string): GoType {
  const written = apiStructs[text];
  if (written === undefined) throw new Error(`api-fields has no type ${text}`);
  const fields = new Map(Object.entries(written).map(([name, field]) => [name, readField(name, field)]));
  return { kind: 'struct', text, fields };
}

/** `VolumeSource>v1.ImageVolumeSource@31` */
function readField(name: string, field: string): GoField {
  const [, via = '', type = '', since = '0'] = /^(?:(.*)>)?([^@]*)(?:@(\d+))?$/.exec(field) ?? [];
  return {
    name,
    via: via === '' ? [] : via.split('.'),
    since: Number(since),
    get type() {
      return goType(type);
    },
  };
}
