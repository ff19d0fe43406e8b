import { describe, expect, test } from 'vitest';
import { type AccessRule, compileAccessRules } from '../../src/access/access-rules.js';
import type { Action, Identity } from '../../src/access/decision.js';

const user = (name: string, ...groups: string[]): Identity => ({ kind: 'user', name, groups });
const anonymous: Identity = { kind: 'anonymous' };
const privately = (name: string) => ({ name, visibility: 'private' }) as const;
const publicly = (name: string) => ({ name, visibility: 'public' }) as const;

const lab: readonly AccessRule[] = [
  { users: ['dock_user'], repositories: ['**'], actions: ['pull'], comment: 'the lab account' },
  { users: ['ci'], repositories: ['team/*'], actions: ['create'] },
  { groups: ['devs'], repositories: ['team/**', 'base'], actions: ['pull', 'push'] },
  { users: ['root'], repositories: ['**'], actions: ['*'] },
  { users: ['half-root'], repositories: ['team/**'], actions: ['*'] },
];

describe('access rules', () => {
  const { decide, decideCatalog } = compileAccessRules(lab);

  test.each<[string, Identity, string, Action, boolean]>([
    ['a rule allows its action', user('dock_user'), 'team/app', 'pull', true],
    ['and no other', user('dock_user'), 'team/app', 'push', false],
    ['create lets a user push', user('ci'), 'team/app', 'push', true],
    ['but not move a tag', user('ci'), 'team/app', 'move-tag', false],
    ['nor pull', user('ci'), 'team/app', 'pull', false],
    ['push lets a user move a tag', user('ann', 'devs'), 'base', 'move-tag', true],
    ['but not delete', user('ann', 'devs'), 'base', 'delete', false],
    ['* allows everything', user('root'), 'team/app', 'delete', true],
    ['* allows * itself', user('root'), 'team/app', '*', true],
    ['a user of no rule may nothing', user('ghost'), 'team/app', 'pull', false],
    ['names are compared with case', user('Root'), 'team/app', 'pull', false],
    ['anonymous may nothing in private repositories', anonymous, 'team/app', 'pull', false],
  ])('%s', (_, identity, name, action, allow) => {
    expect(decide(identity, privately(name), action).allow).toBe(allow);
  });

  test.each<[string, string, boolean]>([
    ['team/*', 'team/app', true],
    ['team/*', 'team/app/web', false],
    ['team/*', 'team', false],
    ['team/*', 'other/team/app', false],
    ['team/**', 'team/app/web', true],
    ['team/**', 'team', false],
    ['**', 'a', true],
    ['**', 'a/b/c', true],
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['team/app', 'team/app', true],
    ['team/app', 'team/apple', false],
    ['team/app', 'steam/app', false],
    ['te.m/app', 'team/app', false],
    ['te[ae]m', 'team', false],
    ['**/app', 'a/b/app', true],
    ['*-prod/app', 'eu-prod/app', true],
    ['', 'a', false],
  ])('the pattern %j on %s is %s', (pattern, name, allow) => {
    const rules = compileAccessRules([{ users: ['u'], repositories: [pattern], actions: ['pull'] }]);
    expect(rules.decide(user('u'), privately(name), 'pull').allow).toBe(allow);
  });

  test('anyone pulls a public repository, whatever the rules, and nobody gets more from it', () => {
    expect(decide(anonymous, publicly('nginx'), 'pull')).toEqual({
      allow: true,
      because: 'nginx is public: anyone may pull it',
    });
    expect(decide(user('ghost'), publicly('nginx'), 'pull').allow).toBe(true);
    expect(decide(anonymous, publicly('nginx'), 'push').allow).toBe(false);
    expect(decide(user('dock_user'), publicly('nginx'), 'push').allow).toBe(false);
  });

  test('every decision says why', () => {
    expect(decide(user('dock_user'), privately('team/app'), 'pull').because).toBe(
      'access rule 1 ("the lab account") lets "dock_user" pull team/app',
    );
    expect(decide(user('ci'), privately('team/app'), 'push').because).toBe(
      'access rule 2 lets "ci" push to team/app',
    );
    expect(decide(user('ci'), privately('team/app'), 'move-tag').because).toBe(
      'no rule lets "ci" move an existing tag in team/app',
    );
    expect(decide(anonymous, privately('team/app'), 'pull').because).toBe(
      'anonymous may not pull team/app: team/app is not public',
    );
  });

  test('the catalog is for those who may do everything everywhere', () => {
    expect(decideCatalog(user('root')).allow).toBe(true);
    expect(decideCatalog(user('half-root')).allow).toBe(false);
    expect(decideCatalog(user('ann', 'devs')).allow).toBe(false);
    expect(decideCatalog(anonymous).allow).toBe(false);
  });

  test('without rules every user may do everything, and anonymous still nothing', () => {
    const open = compileAccessRules(undefined);
    expect(open.decide(user('u'), privately('a'), 'delete').allow).toBe(true);
    expect(open.decideCatalog(user('u')).allow).toBe(true);
    expect(open.decide(anonymous, privately('a'), 'pull').allow).toBe(false);
    expect(open.decideCatalog(anonymous).allow).toBe(false);
  });

  test('an empty list, and a rule that speaks of nobody, give nobody anything', () => {
    expect(compileAccessRules([]).decide(user('u'), privately('a'), 'pull').allow).toBe(false);
    const nobody = compileAccessRules([{ repositories: ['**'], actions: ['*'] }]);
    expect(nobody.decide(user('u'), privately('a'), 'pull').allow).toBe(false);
  });
});
