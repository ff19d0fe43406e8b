import { describe, expect, test } from 'vitest';
import {
  formatScope,
  formatScopes,
  InvalidScope,
  mergeScopes,
  parseScope,
  parseScopes,
  scopeLimits,
} from '../../src/wire/scope.js';

describe('a scope', () => {
  test.each([
    ['repository:team/app:pull,push', { type: 'repository', name: 'team/app', actions: ['pull', 'push'] }],
    [
      'repository:localhost:5000/app:pull',
      { type: 'repository', name: 'localhost:5000/app', actions: ['pull'] },
    ],
    ['repository(plugin):a/b:pull', { type: 'repository', class: 'plugin', name: 'a/b', actions: ['pull'] }],
    ['registry:catalog:*', { type: 'registry', name: 'catalog', actions: ['*'] }],
    ['repository:x:', { type: 'repository', name: 'x', actions: [] }],
    ['repository:x:pull,pull,,push', { type: 'repository', name: 'x', actions: ['pull', 'push'] }],
    ['repository:x:metadata_read', { type: 'repository', name: 'x', actions: ['metadata_read'] }],
    ['galaxy:x:pull', { type: 'galaxy', name: 'x', actions: ['pull'] }],
  ])('%s is read', (text, scope) => {
    expect(parseScope(text)).toEqual(scope);
  });

  test.each([
    '',
    'repository',
    'repository:x',
    'repository::pull',
    ':x:pull',
    'Repository:x:pull',
    'a b:x:pull',
    'repository:x:PULL',
  ])('%j is refused', (text) => {
    expect(() => parseScope(text)).toThrow(InvalidScope);
  });

  test('is printed as it was written', () => {
    for (const text of ['repository(plugin):a/b:pull,push', 'registry:catalog:*', 'repository:x:']) {
      expect(formatScope(parseScope(text))).toBe(text);
    }
  });
});

describe('the scopes of a request', () => {
  test('come repeated or separated by blanks, and those of one resource are joined', () => {
    const scopes = parseScopes(['repository:a:pull  repository:b:pull', 'repository:a:push,pull']);
    expect(formatScopes(scopes)).toBe('repository:a:pull,push repository:b:pull');
  });

  test('of another class are another resource', () => {
    expect(
      mergeScopes([parseScope('repository:a:pull'), parseScope('repository(plugin):a:pull')]),
    ).toHaveLength(2);
  });

  test('are bounded in number, length and actions', () => {
    const many = Array.from({ length: scopeLimits.scopes + 1 }, (_, index) => `repository:r${index}:pull`);
    expect(() => parseScopes([many.join(' ')])).toThrow('more than 100 scopes');
    expect(parseScopes(many.slice(1))).toHaveLength(100);
    expect(() => parseScopes([`repository:${'a'.repeat(4096)}:pull`])).toThrow('longer than 4096 bytes');
    const actions = Array.from({ length: 17 }, (_, index) => `a${index}`).join(',');
    expect(() => parseScopes([`repository:a:${actions}`])).toThrow('more than 16 actions');
  });
});
