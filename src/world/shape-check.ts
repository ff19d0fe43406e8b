import { nearestNames } from '../cluster/nearest-names.js';
import type { Shape, TextRule } from './shape.js';

/** A step into a document: `['registries', 0, 'host']`. */
export type Path = readonly (string | number)[];

/** Something wrong in a document. `message` starts with the path in the reader's spelling. */
export interface ShapeMistake {
  readonly path: Path;
  /** The mistake is the key itself, not its value: point at the key. */
  readonly atKey: boolean;
  readonly message: string;
}

/** Every mistake of a value, in document order. A missing value (`null`, as in `latest:`) of an object or map is an empty one. */
export function checkShape(shape: Shape<unknown>, value: unknown, path: Path = []): ShapeMistake[] {
  switch (shape.kind) {
    case 'object':
      return checkObject(shape.fields, value, path);
    case 'map':
      return checkMap(shape.of, shape.keys, value, path);
    case 'list':
      return checkList(shape.of, value, path);
    default:
      return checkScalar(shape, value, path);
  }
}

/** `registries[0].host`; the whole document is `the document`. */
export function printPath(path: Path): string {
  const printed = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : isPlainKey(step) ? `.${step}` : `["${step}"]`))
    .join('');
  return printed === '' ? 'the document' : printed.replace(/^\./, '');
}

const isPlainKey = (key: string): boolean => /^[A-Za-z_][\w-]*$/.test(key);

type ObjectFields = Extract<Shape<unknown>, { kind: 'object' }>['fields'];

function checkObject(fields: ObjectFields, given: unknown, path: Path): ShapeMistake[] {
  const value = given ?? {};
  if (!isRecord(value)) return [wrong(path, 'must have keys and values', given)];
  const mistakes: ShapeMistake[] = [];
  for (const [key, inner] of Object.entries(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined) mistakes.push(unknownKey(key, Object.keys(fields), path));
    else if (inner !== undefined && !(inner === null && !field.required && isContainer(field.shape)))
      mistakes.push(...checkShape(field.shape, inner, [...path, key]));
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.required && value[key] === undefined)
      mistakes.push({ path, atKey: false, message: `${printPath(path)} needs "${key}": ${field.about}` });
  }
  return mistakes;
}

function checkMap(
  of: Shape<unknown>,
  keys: TextRule | undefined,
  given: unknown,
  path: Path,
): ShapeMistake[] {
  const value = given ?? {};
  if (!isRecord(value)) return [wrong(path, 'must have keys and values', given)];
  return Object.entries(value).flatMap(([key, inner]) => {
    const inside = [...path, key];
    if (keys !== undefined && !keys.pattern.test(key))
      return [{ path: inside, atKey: true, message: `${printPath(inside)}: the key must be ${keys.says}` }];
    return checkShape(of, inner, inside);
  });
}

function checkList(of: Shape<unknown>, value: unknown, path: Path): ShapeMistake[] {
  if (!Array.isArray(value)) return [wrong(path, 'must be a list', value)];
  return value.flatMap((inner, index) => checkShape(of, inner, [...path, index]));
}

type ScalarShape = Extract<Shape<unknown>, { kind: 'text' | 'flag' | 'number' | 'choice' }>;

function checkScalar(shape: ScalarShape, value: unknown, path: Path): ShapeMistake[] {
  switch (shape.kind) {
    case 'text':
      if (typeof value !== 'string') return [notText(value, path)];
      if (shape.rule === undefined || shape.rule.pattern.test(value)) return [];
      return [wrong(path, `must be ${shape.rule.says}`, value)];
    case 'flag':
      return typeof value === 'boolean' ? [] : [wrong(path, 'must be true or false', value)];
    case 'number':
      return isNumber(value, shape.minimum, shape.whole)
        ? []
        : [wrong(path, `must be a ${describeNumber(shape)}`, value)];
    case 'choice':
      return (shape.of as readonly unknown[]).includes(value) ? [] : [notAChoice(shape.of, value, path)];
    default:
      return shape satisfies never;
  }
}

const isNumber = (value: unknown, minimum: number, whole: boolean): boolean =>
  typeof value === 'number' && value >= minimum && (whole ? Number.isSafeInteger(value) : value < Infinity);

function describeNumber({ whole, minimum }: { whole: boolean; minimum: number }): string {
  return `${whole ? 'whole ' : ''}number${Number.isFinite(minimum) ? ` of ${minimum} or more` : ''}`;
}

function notText(value: unknown, path: Path): ShapeMistake {
  // YAML reads 1.30 as the number 1.3: what was written is lost, so guessing would be wrong.
  if (typeof value === 'number' || typeof value === 'boolean')
    return wrong(path, 'must be text: put it in quotes', value);
  return wrong(path, 'must be text', value);
}

function notAChoice(of: readonly (string | number)[], value: unknown, path: Path): ShapeMistake {
  const near = typeof value === 'string' ? nearestNames(value, of.map(String))[0] : undefined;
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return wrong(path, `must be ${of.join(', ').replace(/, ([^,]*)$/, ' or $1')}`, value, hint);
}

function unknownKey(key: string, known: readonly string[], path: Path): ShapeMistake {
  const near = nearestNames(key, known)[0];
  const hint = near === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${near}"?`;
  const inside = [...path, key];
  return { path: inside, atKey: true, message: `${printPath(inside)}: unknown key; ${hint}` };
}

function wrong(path: Path, must: string, value: unknown, hint = ''): ShapeMistake {
  return { path, atKey: false, message: `${printPath(path)} ${must}, not ${describe(path, value)}${hint}` };
}

/** Values under keys that may hold a secret are never repeated in a message. */
function describe(path: Path, value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys and values';
  if (path.some((step) => /password|secret|token/i.test(String(step)))) return `the ${typeof value} given`;
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : String(value);
}

const isContainer = (shape: Shape<unknown>): boolean =>
  shape.kind === 'object' || shape.kind === 'map' || shape.kind === 'list';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
