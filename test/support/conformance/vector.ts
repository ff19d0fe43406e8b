/** One case of `conformance.json`, as its `meta` describes it. */
export interface ConformanceCase {
  readonly id: string;
  readonly area: string;
  readonly level: 'MUST' | 'SHOULD' | 'OURS' | 'PERSONALITY';
  readonly title: string;
  readonly given?: readonly string[];
  readonly steps: readonly Step[];
  readonly repeat?: number;
  readonly parallel?: number;
  readonly unit?: unknown;
  readonly raw?: boolean;
  readonly alsoRunFor?: string;
  readonly note?: string;
  readonly samples?: number;
  readonly maxMedianRatio?: number;
  readonly maxMs?: number;
}

export interface Step {
  readonly request: StepRequest;
  readonly expect: Expectation;
  /** Name → `header:H`, `body` or `json:K`. */
  readonly capture?: Readonly<Record<string, string>>;
}

export interface StepRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: string | { readonly json: unknown } | { readonly form: Readonly<Record<string, string>> };
  readonly auth?: string | { readonly jwt: JwtWords };
  readonly transferEncoding?: string;
}

export interface JwtWords {
  readonly base?: string;
  readonly alg?: string;
  readonly key?: string;
  readonly signature?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly raw?: string;
}

export interface Expectation {
  readonly status: readonly number[];
  readonly headers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly text?: string;
  readonly emptyBody?: boolean;
}

const caseWords = [
  ...['id', 'area', 'level', 'title', 'given', 'steps', 'repeat', 'parallel', 'unit', 'raw', 'alsoRunFor'],
  // Not compared: they tell where the case comes from, or belong to the timing tests.
  ...['ref', 'source', 'note', 'clientFact', 'after', 'samples', 'maxMedianRatio', 'maxMs'],
];
const stepWords = ['request', 'expect', 'capture', 'note'];
const requestWords = ['method', 'path', 'query', 'headers', 'body', 'auth', 'transferEncoding'];
const expectWords = ['status', 'headers', 'json', 'body', 'text', 'emptyBody'];
const jwtWords = ['base', 'alg', 'key', 'signature', 'header', 'claims', 'raw'];

/** @throws for a word that the vectors' `meta` does not explain: such a case must not pass unread */
export function refuseUnknownWords(vector: ConformanceCase): void {
  refuse(vector, caseWords, vector.id);
  for (const step of vector.steps) {
    refuse(step, stepWords, 'step');
    refuse(step.request, requestWords, 'request');
    refuse(step.expect, expectWords, 'expect');
    const { auth } = step.request;
    if (typeof auth === 'object') {
      refuse(auth, ['jwt'], 'auth');
      refuse(auth.jwt, jwtWords, 'jwt');
    }
  }
}

function refuse(object: object, words: readonly string[], where: string): void {
  const odd = Object.keys(object).find((word) => !words.includes(word));
  if (odd !== undefined) throw new Error(`the word "${odd}" of ${where} is not explained`);
}
