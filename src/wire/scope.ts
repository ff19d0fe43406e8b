/** What a token request asks for one resource: `repository:team/app:pull,push`. */
export interface ResourceScope {
  /** `repository`, `registry`, or a type that this server does not know. */
  readonly type: string;
  /** The deprecated class of `repository(plugin)`. */
  readonly class?: string;
  /** May hold colons: `localhost:5000/app`. */
  readonly name: string;
  /** In the order asked, without repetition; `*` asks for everything allowed. */
  readonly actions: readonly string[];
}

/** A scope that cannot be read, or more of them than a request may carry. */
export class InvalidScope extends Error {
  override readonly name = 'InvalidScope';
}

/** Bounds of one token request (registry.md §8.6). */
export const scopeLimits = { scopes: 100, bytesEach: 4096, actionsEach: 16 } as const;

/**
 * Reads the `scope` values of a request: each may hold several scopes separated by blanks, and the value may be
 * repeated. Scopes of one resource are merged.
 *
 * @throws {@link InvalidScope} naming the limit or the scope that broke it
 */
export function parseScopes(values: readonly string[]): readonly ResourceScope[] {
  const written = values.flatMap((value) => value.split(' ')).filter((scope) => scope !== '');
  if (written.length > scopeLimits.scopes) {
    throw new InvalidScope(`more than ${scopeLimits.scopes} scopes in one request`);
  }
  return mergeScopes(written.map(parseScope));
}

/**
 * Reads one scope: the type ends at the first colon, the actions start behind the last, so that the name between may
 * hold a port.
 *
 * @throws {@link InvalidScope}
 */
export function parseScope(text: string): ResourceScope {
  if (new TextEncoder().encode(text).length > scopeLimits.bytesEach) {
    throw new InvalidScope(`a scope is longer than ${scopeLimits.bytesEach} bytes`);
  }
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  const type = /^([a-z0-9]+)(?:\(([a-z0-9]+)\))?$/.exec(text.slice(0, Math.max(first, 0)));
  const name = text.slice(first + 1, Math.max(last, first + 1));
  if (type?.[1] === undefined || name === '') {
    throw new InvalidScope(`scope ${JSON.stringify(text)} is not of the form type:name:action,action`);
  }
  const actions = parseActions(text, text.slice(last + 1));
  return { type: type[1], ...(type[2] === undefined ? {} : { class: type[2] }), name, actions };
}

/** `repository:team/app:pull,push` */
export function formatScope(scope: ResourceScope): string {
  const type = scope.class === undefined ? scope.type : `${scope.type}(${scope.class})`;
  return `${type}:${scope.name}:${scope.actions.join(',')}`;
}

/** Several scopes as one parameter, separated by blanks. */
export function formatScopes(scopes: readonly ResourceScope[]): string {
  return scopes.map(formatScope).join(' ');
}

/** Joins scopes of the same resource; resources and actions keep the order of their first mention. */
export function mergeScopes(scopes: readonly ResourceScope[]): readonly ResourceScope[] {
  const merged = new Map<string, ResourceScope>();
  for (const scope of scopes) {
    const resource = formatScope({ ...scope, actions: [] });
    const actions = [...(merged.get(resource)?.actions ?? []), ...scope.actions];
    merged.set(resource, { ...scope, actions: [...new Set(actions)] });
  }
  return [...merged.values()];
}

/** `*` or a word; vendors add words with `_` and `-` (ACR `metadata_read`, Harbor `scanner-pull`). */
function parseActions(scope: string, text: string): readonly string[] {
  const actions = text.split(',').filter((action) => action !== '');
  const odd = actions.find((action) => !/^(?:\*|[a-z][a-z0-9_-]*)$/.test(action));
  if (odd !== undefined)
    throw new InvalidScope(`scope ${JSON.stringify(scope)} asks for an unreadable action`);
  if (actions.length > scopeLimits.actionsEach) {
    throw new InvalidScope(`a scope asks for more than ${scopeLimits.actionsEach} actions`);
  }
  return [...new Set(actions)];
}
