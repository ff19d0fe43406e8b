/**
 * A small vocabulary for the shape of a configuration document: one table says what is read, what is refused and
 * what the published JSON Schema says. It checks plain values; where they were written is somebody else's business.
 */
export type Shape<T> = ShapeKind & {
  /** Never there at run time: carries the type for {@link ValueOf}. */
  readonly valueType?: T;
};

type ShapeKind =
  | { readonly kind: 'text'; readonly rule?: TextRule }
  | { readonly kind: 'flag' }
  | { readonly kind: 'number'; readonly minimum: number; readonly whole: boolean }
  | { readonly kind: 'choice'; readonly of: readonly (string | number)[] }
  | { readonly kind: 'list'; readonly of: Shape<unknown> }
  | { readonly kind: 'map'; readonly of: Shape<unknown>; readonly keys?: TextRule }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Field<unknown, boolean>>> };

/** `says` completes the sentence "<path> must be …". */
export interface TextRule {
  readonly pattern: RegExp;
  readonly says: string;
}

export interface Field<T, Required extends boolean> {
  readonly shape: Shape<T>;
  readonly required: Required;
  /** One sentence for the JSON Schema and the reference. */
  readonly about: string;
}

/** The type of the values that a shape admits. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type ObjectOf<F extends Fields> = {
  readonly [K in keyof F as F[K]['required'] extends true ? K : never]: ValueOf<F[K]['shape']>;
} & {
  readonly [K in keyof F as F[K]['required'] extends true ? never : K]?: ValueOf<F[K]['shape']>;
};

export const text = (rule?: TextRule): Shape<string> => ({ kind: 'text', ...(rule && { rule }) });
export const flag = (): Shape<boolean> => ({ kind: 'flag' });
export const count = (minimum = 0): Shape<number> => ({ kind: 'number', minimum, whole: true });
export const number = (minimum = 0): Shape<number> => ({ kind: 'number', minimum, whole: false });
export const choice = <const C extends readonly (string | number)[]>(of: C): Shape<C[number]> => ({
  kind: 'choice',
  of,
});
export const list = <T>(of: Shape<T>): Shape<readonly T[]> => ({ kind: 'list', of });
export const map = <T>(of: Shape<T>, keys?: TextRule): Shape<Readonly<Record<string, T>>> => ({
  kind: 'map',
  of,
  ...(keys && { keys }),
});
export const object = <const F extends Fields>(fields: F): Shape<ObjectOf<F>> => ({ kind: 'object', fields });

export const required = <T>(shape: Shape<T>, about: string): Field<T, true> => ({
  shape,
  required: true,
  about,
});
export const optional = <T>(shape: Shape<T>, about: string): Field<T, false> => ({
  shape,
  required: false,
  about,
});
