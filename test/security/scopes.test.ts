import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessRule, compileAccessRules, type RuleAction } from '../../src/access/access-rules.js';
import type { AccessPolicy, Identity } from '../../src/access/decision.js';
import { decideGrant } from '../../src/token/grant.js';
import { parseScopes } from '../../src/wire/scope.js';
import { startTokenServer } from '../support/token-server.js';

const service = 'mock-registry';
const users = [{ name: 'ann', password: 'x' }];
const access: readonly AccessRule[] = [{ users: ['ann'], repositories: ['team/*'], actions: ['pull'] }];

describe('S10 scopes are cut where their grammar says', () => {
  test.each<[string, string, number, readonly string[]]>([
    ['a host with a port', 'repository:host:5000/a:pull', 200, []],
    ['a colon too many', 'repository:team/app:pull:push', 400, []],
    ['a pattern is a name, and not a legal one', 'repository:team/*:pull', 400, []],
    ['* as the action of another repository', 'repository:team:*', 200, []],
    ['a trailing blank', 'repository:team/app:pull ', 200, ['team/app']],
    ['letters of other alphabets that look alike', 'repository:teаm/app:pull', 400, []],
    ['a name beyond ASCII, composed', 'repository:team/äpp:pull', 400, []],
    ['NUL', 'repository:team/app\0:pull', 400, []],
    ['a line end', 'repository:team/app:pull\r\nX: y', 400, []],
    ['a path that leaves', 'repository:team/../app:pull', 400, []],
    ['an encoded path that leaves', 'repository:team/%2e%2e:pull', 400, []],
    ['a name that begins like an allowed one', 'repository:team/app-2/x:pull', 200, []],
    ['an allowed name in upper case', 'repository:TEAM/APP:pull', 400, []],
    ['an allowed name with a slash at the end', 'repository:team/app/:pull', 400, []],
  ])('S10 %s', async (_, scope, status, names) => {
    await using server = await startTokenServer({ policy: { users, access } });
    const answer = await server.get({ service, scope }, { basic: 'ann:x' });
    expect(answer.status).toBe(status);
    expect((answer.claims.access ?? []).map(({ name }) => name)).toEqual(names);
  });

  test('S10 10 000 scopes are refused, by GET and by POST', async () => {
    await using server = await startTokenServer({ policy: { users, access } });
    const scopes = (count: number) => Array.from({ length: count }, (_, index) => `r${index}:a:pull`);
    const long = await server.get({ service, scope: scopes(10_000) }, { basic: 'ann:x' });
    expect([400, 414, 431]).toContain(long.status);
    const form = { grant_type: 'password', service, client_id: 'c', username: 'ann', password: 'x' };
    expect((await server.post({ ...form, scope: scopes(3000).join(' ') })).status).toBe(400);
    expect((await server.post({ ...form, scope: scopes(10_000).join(' ') })).status).toBe(413);
  });
});

describe('S11 nobody gets more than they asked for and may have', () => {
  const names = ['a', 'a/b', 'a/b/c', 'ab', 'b/a', 'public/a'];
  const name = fc.constantFrom(...names);
  const action = fc.constantFrom<string>('pull', 'push', 'delete', '*', 'create', 'move-tag', 'explode');
  const ruleAction = fc.constantFrom<RuleAction>('pull', 'push', 'create', 'delete', '*');
  const scope = fc.record({
    type: fc.constantFrom('repository', 'repository', 'repository(plugin)', 'registry', 'galaxy'),
    name: fc.oneof(name, fc.constant('catalog')),
    actions: fc.uniqueArray(action, { maxLength: 4 }),
  });
  const rule: fc.Arbitrary<AccessRule> = fc.record({
    users: fc.subarray(['ann', 'ben']),
    groups: fc.subarray(['devs']),
    repositories: fc.uniqueArray(fc.constantFrom('**', '*', 'a/*', 'a/**', ...names), { maxLength: 2 }),
    actions: fc.uniqueArray(ruleAction, { maxLength: 2 }),
  });
  const identity = fc.constantFrom<Identity>(
    { kind: 'anonymous' },
    { kind: 'user', name: 'ann', groups: [] },
    { kind: 'user', name: 'ben', groups: ['devs'] },
  );

  /** The rules read once more, by hand and slowly. */
  const mayHave = (
    rules: readonly AccessRule[] | undefined,
    who: Identity,
    repository: string,
    what: string,
  ) => {
    if (what === 'pull' && repository.startsWith('public/')) return true;
    if (who.kind === 'anonymous') return false;
    if (rules === undefined) return true;
    const covers: Record<string, readonly string[]> = {
      pull: ['pull', '*'],
      push: ['push', 'create', '*'],
      delete: ['delete', '*'],
    };
    return rules.some(
      ({ users = [], groups = [], repositories, actions }) =>
        (users.includes(who.name) || who.groups.some((group) => groups.includes(group))) &&
        actions.some((allowed: string) => covers[what]?.includes(allowed)) &&
        repositories.some(
          (pattern) =>
            pattern === '**' ||
            pattern === repository ||
            (pattern === '*' && !repository.includes('/')) ||
            (pattern === 'a/**' && repository.startsWith('a/')) ||
            (pattern === 'a/*' && repository.startsWith('a/') && !repository.slice(2).includes('/')),
        ),
    );
  };

  test('S11 for any rules, any caller and any scopes', () => {
    fc.assert(
      fc.property(
        fc.option(fc.array(rule, { maxLength: 4 }), { nil: undefined }),
        identity,
        fc.array(scope, { maxLength: 5 }),
        (rules, who, asked) => {
          const compiled = compileAccessRules(rules);
          const policy = { ...compiled } as AccessPolicy;
          const texts = asked.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`);
          const { access: granted } = decideGrant(
            {
              service,
              registry: 'r',
              issuer: 'i',
              policy,
              visibility: (repository) => (repository.startsWith('public/') ? 'public' : 'private'),
              keys: { sign: () => '' },
            },
            who,
            parseScopes(texts),
          );
          for (const entry of granted) {
            const requests = asked.filter(
              ({ type, name }) => name === entry.name && type.replace('(plugin)', '') === entry.type,
            );
            for (const right of entry.actions) {
              expect(requests.some(({ actions }) => actions.includes(right) || actions.includes('*'))).toBe(
                true,
              );
              if (entry.type === 'repository') expect(mayHave(rules, who, entry.name, right)).toBe(true);
              else expect([entry.type, entry.name, right]).toEqual(['registry', 'catalog', '*']);
            }
          }
          // And nothing that was asked for and allowed is missing.
          for (const { type, name, actions } of asked.filter(({ type }) => type === 'repository')) {
            const entry = granted.find(
              (item) => item.type === type && item.class === undefined && item.name === name,
            );
            for (const right of actions.filter((item) => ['pull', 'push', 'delete'].includes(item)))
              expect(entry?.actions.includes(right) ?? false).toBe(mayHave(rules, who, name, right));
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
