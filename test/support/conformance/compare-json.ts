import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { Answer } from '../http-exchange.js';

/** What matchers may ask beyond the answer itself. */
export interface JsonContext {
  readonly answer: Answer;
  /** The scope that the request asked for, for `noUnaskedRights`. */
  readonly askedScopes: readonly string[];
  /** Follows a `Link` with the same credentials. */
  readonly follow: (link: string) => Promise<Answer>;
  /** Runs another case and gives the answer of its last step. */
  readonly runCase: (id: string) => Promise<Answer>;
}

interface AccessEntry {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[] | null;
}

// biome-ignore lint/suspicious/noExplicitAny: a case may expect any JSON, and each matcher knows its own.
type Matcher = (expected: any, context: JsonContext) => void | Promise<void>;

/** @throws for a matcher that the vectors do not explain, and when one does not match */
export async function compareJson(
  expected: Readonly<Record<string, unknown>>,
  context: JsonContext,
): Promise<void> {
  for (const [word, value] of Object.entries(expected)) {
    const matcher = matchers[word];
    if (matcher === undefined) throw new Error(`the JSON matcher "${word}" is not explained`);
    await matcher(value, context);
  }
}

const json = ({ answer }: JsonContext) => JSON.parse(answer.text);
const first = (context: JsonContext) => json(context).errors[0];
const digestsOf = (context: JsonContext): string[] =>
  json(context).manifests.map((entry: { digest: string }) => entry.digest);

const matchers: Readonly<Record<string, Matcher>> = {
  prefer: () => undefined,
  errorsContainCode: (wanted, { answer }) => {
    expect(
      answer.codes().some((code) => [wanted].flat().includes(code)),
      answer.text,
    ).toBe(true);
  },
  ifJson: (matched, context) => (isJson(context.answer.text) ? compareJson(matched, context) : undefined),
  ifStatus: (codes, { answer }) => {
    const wanted = codes[String(answer.status)];
    if (wanted !== undefined) expect(answer.codes()).toContain(wanted);
  },
  messageEquals: (text, context) => expect(first(context).message).toBe(text),
  messageMatches: (pattern, context) => expect(first(context).message).toMatch(new RegExp(pattern)),
  detailIncludes: (members, context) =>
    expect(first(context).detail).toContainEqual(expect.objectContaining(members)),
  has: (keys, context) => expect(Object.keys(json(context))).toEqual(expect.arrayContaining(keys)),
  hasNot: (keys, context) => {
    const present = isJson(context.answer.text) ? Object.keys(json(context)) : [];
    expect(present.filter((key) => keys.includes(key))).toEqual([]);
  },
  equals: (document, context) => expect(json(context)).toEqual(document),
  shape: (_, context) => {
    const { errors, ...rest } = json(context);
    expect(rest).toEqual({});
    expect(errors.length).toBeGreaterThan(0);
    for (const { code, message, detail: __, ...odd } of errors) {
      expect(code).toMatch(/^[A-Z_]+$/);
      expect(['string', 'undefined']).toContain(typeof message);
      expect(odd).toEqual({});
    }
  },
  identicalTo: async (id, { answer, runCase }) => {
    const other = await runCase(id);
    expect([answer.status, answer.text]).toEqual([other.status, other.text]);
  },

  // Tokens.
  access: (wanted, context) => {
    const granted = accessOf(context);
    if (!Array.isArray(wanted)) return expectNoActions(granted, wanted.emptyFor);
    expect(sorted(granted)).toEqual(sorted(wanted));
  },
  accessNames: (names, context) =>
    expect(
      accessOf(context)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort()),
  accessCount: (count, context) => expect(accessOf(context)).toHaveLength(count),
  accessNameParsed: (name, context) => expect(accessOf(context).map((entry) => entry.name)).toContain(name),
  accessEmpty: (wanted, context) => {
    const granted = accessOf(context).filter(({ actions }) => (actions ?? []).length > 0);
    expect(granted.length === 0).toBe(wanted);
  },
  actionsSubsetOf: (allowed, context) => {
    const actions = accessOf(context).flatMap((entry) => entry.actions ?? []);
    expect(actions.filter((action) => !allowed.includes(action))).toEqual([]);
  },
  noUnaskedRights: (_, context) => {
    if (context.answer.status === 400) return;
    const asked = context.askedScopes.flatMap((scope) => scope.split(' '));
    for (const { type, name, actions } of accessOf(context)) {
      for (const action of actions ?? []) {
        const covers = asked.some((scope) => isAskedBy(scope, type, name, action));
        expect(covers, `${type}:${name}:${action} was not asked for`).toBe(true);
      }
    }
  },
  noToken: (_, context) => {
    const document = isJson(context.answer.text) ? json(context) : {};
    expect([document.token, document.access_token]).toEqual([undefined, undefined]);
  },
  claims: (wanted, context) => expect(claimsOf(context)).toMatchObject(wanted),
  tokenEqualsAccessToken: (_, context) => {
    const { token, access_token } = json(context);
    expect(token).toEqual(expect.any(String));
    expect(token).toBe(access_token);
  },
  expires_in: ({ min }, context) => {
    expect(Number.isInteger(json(context).expires_in)).toBe(true);
    expect(json(context).expires_in).toBeGreaterThanOrEqual(min);
  },
  issued_at: (word, context) => {
    if (word !== 'rfc3339') throw new Error(`issued_at "${word}" is not explained`);
    expect(json(context).issued_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  },
  oauthError: (code, context) => expect(json(context).error).toBe(code),

  // Lists.
  tags: (wanted, context) => expect(json(context).tags).toEqual(wanted),
  tagsIf200: (wanted, context) => {
    if (context.answer.status === 200) expect(json(context).tags).toEqual(wanted);
  },
  tagsNotContain: (unwanted, context) => {
    const tags: string[] = json(context).tags ?? [];
    expect(tags.filter((tag) => unwanted.includes(tag))).toEqual([]);
  },
  paginateAll: async (wanted, context) => expect(await everyPage(context)).toEqual(wanted),
  manifestDigests: (wanted, context) => {
    if (Array.isArray(wanted)) return expect(digestsOf(context).sort()).toEqual([...wanted].sort());
    if (wanted.contains !== undefined)
      expect(digestsOf(context)).toEqual(expect.arrayContaining([wanted.contains].flat()));
    if (wanted.min !== undefined) expect(digestsOf(context).length).toBeGreaterThanOrEqual(wanted.min);
  },
  manifestDigestsNotContain: (unwanted, context) =>
    expect(digestsOf(context).filter((digest) => unwanted.includes(digest))).toEqual([]),
  manifestsContain: (wanted, context) => {
    const { manifests } = json(context);
    for (const members of wanted) {
      const found = manifests.some((entry: Record<string, unknown>) => hasMembers(entry, members));
      expect(found, `${JSON.stringify(members)} is not in ${JSON.stringify(manifests)}`).toBe(true);
    }
  },
  repositoriesSorted: (_, context) => {
    const { repositories } = json(context);
    expect(repositories).toEqual(
      [...repositories].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function claimsOf(context: JsonContext): Record<string, unknown> {
  const { token, access_token } = json(context);
  const [, payload = ''] = String(token ?? access_token).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

const accessOf = (context: JsonContext): readonly AccessEntry[] =>
  (claimsOf(context).access ?? []) as AccessEntry[];

const sorted = (access: readonly AccessEntry[]) =>
  [...access].sort((a, b) => (`${a.type}:${a.name}` < `${b.type}:${b.name}` ? -1 : 1));

function expectNoActions(granted: readonly AccessEntry[], name: string): void {
  expect(granted.filter((entry) => entry.name === name).flatMap(({ actions }) => actions ?? [])).toEqual([]);
}

function isAskedBy(scope: string, type: string, name: string, action: string): boolean {
  const [, askedType, askedName, actions = ''] = /^([^:]*):(.*):([^:]*)$/.exec(scope) ?? [];
  const asked = actions.split(',');
  return (
    askedType?.replace(/\(.*\)$/, '') === type &&
    askedName === name &&
    (asked.includes(action) || asked.includes('*'))
  );
}

/** Null stands for an absent member. */
const hasMembers = (entry: Record<string, unknown>, members: Readonly<Record<string, unknown>>) =>
  Object.entries(members).every(([name, value]) =>
    value === null ? !(name in entry) : isDeepStrictEqual(entry[name], value),
  );

async function everyPage(context: JsonContext): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  let { answer } = context;
  for (let pages = 0; pages < 1000; pages += 1) {
    const { tags, repositories, manifests } = JSON.parse(answer.text);
    all.push(...(tags ?? repositories ?? manifests.map((entry: { digest: string }) => entry.digest)));
    const [, next] = /^<([^>]*)>/.exec(String(answer.headers.link ?? '')) ?? [];
    if (next === undefined) return all;
    answer = await context.follow(next);
  }
  throw new Error('the pages have no end');
}
