/**
 * Checks values against JSON Schemas, as far as our schemas go: a keyword that is not known here throws, so that nothing
 * is passed over in silence.
 */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Every violation as `path: what`; empty when the value is valid. */
export function schemaViolations(schema: JsonSchema, value: unknown): string[] {
  const violations: string[] = [];
  check(schema, value, '$', { root: schema, violations });
  return violations;
}

interface Context {
  readonly root: JsonSchema;
  readonly violations: string[];
}

type Keyword = (argument: never, value: unknown, path: string, context: Context, schema: JsonSchema) => void;

function check(schema: JsonSchema, value: unknown, path: string, context: Context): void {
  for (const [name, argument] of Object.entries(schema)) {
    if (annotations.has(name)) continue;
    const keyword = keywords[name];
    if (keyword === undefined) throw new Error(`this check does not know the keyword ${name}`);
    keyword(argument as never, value, path, context, schema);
  }
}

const annotations = new Set(['$schema', '$id', '$defs', 'title', 'description']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

const keywords: Readonly<Record<string, Keyword>> = {
  $ref: (ref: string, value, path, context) => {
    const target = ref.replace(/^#\/\$defs\//, '');
    check((context.root.$defs as Record<string, JsonSchema>)[target]!, value, path, context);
  },
  type: (types: string | readonly string[], value, path, { violations }) => {
    const found = typeOf(value);
    const allowed = [types].flat();
    if (allowed.includes(found) || (found === 'integer' && allowed.includes('number'))) return;
    violations.push(`${path}: ${found} instead of ${allowed.join(' or ')}`);
  },
  const: (wanted: unknown, value, path, { violations }) => {
    if (value !== wanted) violations.push(`${path}: ${String(value)} instead of ${String(wanted)}`);
  },
  enum: (wanted: readonly unknown[], value, path, { violations }) => {
    if (!wanted.includes(value)) violations.push(`${path}: ${String(value)} is none of ${wanted.join(', ')}`);
  },
  pattern: (pattern: string, value, path, { violations }) => {
    if (typeof value === 'string' && !new RegExp(pattern, 'u').test(value))
      violations.push(`${path}: ${JSON.stringify(value)} does not match ${pattern}`);
  },
  minimum: (minimum: number, value, path, { violations }) => {
    if (typeof value === 'number' && value < minimum)
      violations.push(`${path}: ${value} is below ${minimum}`);
  },
  minItems: (count: number, value, path, { violations }) => {
    if (Array.isArray(value) && value.length < count) violations.push(`${path}: fewer than ${count} items`);
  },
  required: (names: readonly string[], value, path, { violations }) => {
    if (!isObject(value)) return;
    for (const name of names) if (!Object.hasOwn(value, name)) violations.push(`${path}: ${name} is missing`);
  },
  properties: (properties: Readonly<Record<string, JsonSchema>>, value, path, context) => {
    if (!isObject(value)) return;
    for (const [name, schema] of Object.entries(properties))
      if (Object.hasOwn(value, name)) check(schema, value[name], `${path}.${name}`, context);
  },
  propertyNames: (schema: JsonSchema, value, path, context) => {
    if (isObject(value)) for (const name of Object.keys(value)) check(schema, name, `${path} name`, context);
  },
  additionalProperties: (rest: boolean | JsonSchema, value, path, context, { properties = {} }) => {
    if (!isObject(value) || rest === true) return;
    for (const [name, member] of Object.entries(value)) {
      if (Object.hasOwn(properties as object, name)) continue;
      if (rest === false) context.violations.push(`${path}: unknown property ${name}`);
      else check(rest, member, `${path}.${name}`, context);
    }
  },
  anyOf: (schemas: readonly JsonSchema[], value, path, { root, violations }) => {
    const attempts = schemas.map((schema) => {
      const own: string[] = [];
      check(schema, value, path, { root, violations: own });
      return own;
    });
    if (!attempts.some((own) => own.length === 0)) violations.push(...attempts.flat());
  },
  items: (schema: JsonSchema, value, path, context) => {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) check(schema, item, `${path}[${index}]`, context);
  },
};
