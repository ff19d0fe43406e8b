import type { Action, Decision, Identity, RepositoryAccess } from './decision.js';
import { repositoryPattern } from './repository-pattern.js';

/** `create` pushes content and new tags but moves no tag that exists; `push` does both; `*` is every action. */
export type RuleAction = 'pull' | 'push' | 'create' | 'delete' | '*';

/** One entry of a registry's `access` list. A rule that names neither users nor groups speaks of nobody. */
export interface AccessRule {
  readonly users?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  /** See {@link repositoryPattern}. */
  readonly repositories: readonly string[];
  readonly actions: readonly RuleAction[];
  /** Comes back in the `because` of every decision that the rule makes. */
  readonly comment?: string | undefined;
}

/** What the actions of a rule allow. */
const allows = {
  pull: ['pull'],
  create: ['push'],
  push: ['push', 'move-tag'],
  delete: ['delete'],
  '*': ['pull', 'push', 'move-tag', 'delete', '*'],
} as const satisfies Record<RuleAction, readonly Action[]>;

/** How an action reads in a sentence about a repository. */
const verbs = {
  pull: (name) => `pull ${name}`,
  push: (name) => `push to ${name}`,
  'move-tag': (name) => `move an existing tag in ${name}`,
  delete: (name) => `delete from ${name}`,
  '*': (name) => `do everything in ${name}`,
} as const satisfies Record<Action, (name: string) => string>;

/** Rights of signed-in users and of nobody in particular. */
export interface AccessRules {
  decide(identity: Identity, repository: RepositoryAccess, action: Action): Decision;
  decideCatalog(identity: Identity): Decision;
}

/**
 * Compiles access rules. Without a list every user may do everything; an empty list gives nobody anything. Public
 * repositories are for everybody to pull, rule or no rule. Rules only ever add: the first one that allows decides.
 */
export function compileAccessRules(rules: readonly AccessRule[] | undefined): AccessRules {
  const compiled = rules?.map(compile);
  return {
    decide: (identity, repository, action) =>
      decidePublic(repository, action) ??
      decideAnonymous(identity, verbs[action](repository.name), `${repository.name} is not public`) ??
      decideByRules(compiled, identity, verbs[action](repository.name), (rule) =>
        rule.covers(repository.name, action),
      ),
    decideCatalog: (identity) =>
      decideAnonymous(identity, 'list the catalog', 'only users may be allowed to') ??
      decideByRules(compiled, identity, 'list the catalog', (rule) => rule.isAdministrative),
  };
}

interface CompiledRule {
  readonly speaksOf: (identity: Identity) => boolean;
  readonly covers: (repository: string, action: Action) => boolean;
  /** Everything, everywhere: what the catalog, which shows every repository, needs. */
  readonly isAdministrative: boolean;
  readonly title: string;
}

function compile(rule: AccessRule, index: number): CompiledRule {
  const users = new Set(rule.users);
  const groups = new Set(rule.groups);
  const patterns = rule.repositories.map(repositoryPattern);
  const actions = new Set<Action>(rule.actions.flatMap((action) => allows[action]));
  return {
    speaksOf: (identity) =>
      identity.kind === 'user' &&
      (users.has(identity.name) || identity.groups.some((group) => groups.has(group))),
    covers: (repository, action) => actions.has(action) && patterns.some((matches) => matches(repository)),
    isAdministrative: actions.has('*') && rule.repositories.includes('**'),
    title:
      rule.comment === undefined
        ? `access rule ${index + 1}`
        : `access rule ${index + 1} ("${rule.comment}")`,
  };
}

function decidePublic(repository: RepositoryAccess, action: Action): Decision | undefined {
  if (repository.visibility !== 'public' || action !== 'pull') return undefined;
  return { allow: true, because: `${repository.name} is public: anyone may pull it` };
}

function decideAnonymous(identity: Identity, deed: string, reason: string): Decision | undefined {
  if (identity.kind !== 'anonymous') return undefined;
  return { allow: false, because: `anonymous may not ${deed}: ${reason}` };
}

function decideByRules(
  rules: readonly CompiledRule[] | undefined,
  identity: Identity,
  deed: string,
  covers: (rule: CompiledRule) => boolean,
): Decision {
  const name = identity.kind === 'user' ? identity.name : '';
  if (rules === undefined)
    return {
      allow: true,
      because: `without access rules every user may do everything: "${name}" may ${deed}`,
    };
  const rule = rules.find((candidate) => candidate.speaksOf(identity) && covers(candidate));
  if (rule === undefined) return { allow: false, because: `no rule lets "${name}" ${deed}` };
  return { allow: true, because: `${rule.title} lets "${name}" ${deed}` };
}
