import type { Action, Decision, Identity } from '../access/decision.js';
import type { AccessEntry } from '../access/token-verification.js';
import { matchReference } from '../image/reference-grammar.js';
import { formatScope, type ResourceScope } from '../wire/scope.js';
import type { TokenService } from './token-service.js';

/** What a caller gets of what it asked for. */
export interface Grant {
  /** Requested ∩ allowed; resources without any right are left out. */
  readonly access: readonly AccessEntry[];
  /** Why, for the journal. */
  readonly because: string;
  /** False when something was asked for and nothing granted. */
  readonly allow: boolean;
}

/**
 * Intersects what was asked with what the policy allows: never an error, never more than asked (registry.md §8.7, S11).
 * Actions keep the order they were asked in; types and actions that nobody here knows are not granted.
 */
export function decideGrant(
  service: TokenService,
  identity: Identity,
  scopes: readonly ResourceScope[],
): Grant {
  const rulings = scopes.map((scope) => rule(service, identity, scope));
  const access = rulings.flatMap(({ scope, actions }) =>
    actions.length === 0 ? [] : [{ ...scope, actions }],
  );
  const reasons = [...new Set(rulings.flatMap(({ reasons }) => reasons))];
  return { access, because: sentence(reasons), allow: access.length > 0 || scopes.length === 0 };
}

/**
 * The first scope whose name is no repository name, if any: `[host[:port]/]component[/component…]`, at most 255
 * characters (registry.md §1, §8.6).
 */
export function findIllegalName(scopes: readonly ResourceScope[]): string | undefined {
  return scopes.find(({ type, name }) => type === 'repository' && !isScopeName(name))?.name;
}

interface Ruling {
  readonly scope: ResourceScope;
  readonly actions: readonly string[];
  readonly reasons: readonly string[];
}

function rule(service: TokenService, identity: Identity, scope: ResourceScope): Ruling {
  const decide = deciderOf(service, identity, scope);
  const asked = [
    ...new Set(scope.actions.flatMap((action) => (scope.type === 'repository' ? expand(action) : [action]))),
  ];
  const decisions = asked.map((action) => ({ action, ...decide(action) }));
  const allowed = decisions.filter(({ allow }) => allow);
  const reasons = decisions.map(({ because }) => because);
  return {
    scope,
    actions: allowed.map(({ action }) => action),
    reasons: reasons.length > 0 ? reasons : [`${formatScope(scope)} asks for nothing`],
  };
}

/** In a request, `*` asks for everything that the caller may do; the answer names it. */
const expand = (action: string): readonly string[] => (action === '*' ? repositoryActions : [action]);

const repositoryActions = ['pull', 'push', 'delete'] as const satisfies readonly Action[];

const isRepositoryAction = (action: string): action is (typeof repositoryActions)[number] =>
  (repositoryActions as readonly string[]).includes(action);

function deciderOf({ policy, visibility }: TokenService, identity: Identity, scope: ResourceScope) {
  const { type, name } = scope;
  const unknown = (action: string): Decision => ({
    allow: false,
    because: `nobody can be granted ${type}:${name}:${action}`,
  });
  if (type === 'registry' && name === 'catalog')
    return (action: string) => (action === '*' ? policy.decideCatalog(identity) : unknown(action));
  if (type !== 'repository') return unknown;
  const repository = { name, visibility: visibility(name) };
  return (action: string) =>
    isRepositoryAction(action) ? policy.decide(identity, repository, action) : unknown(action);
}

/** Long requests make long reasons; the journal keeps the first ten. */
function sentence(reasons: readonly string[]): string {
  const shown = reasons.slice(0, 10);
  const more = reasons.length - shown.length;
  if (shown.length === 0) return 'no scope was asked for: the token has no rights';
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function isScopeName(name: string): boolean {
  const parsed = matchReference(name);
  return name.length <= 255 && parsed !== undefined && parsed.tag === '' && parsed.digest === '';
}
