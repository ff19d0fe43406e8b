import { describe, expect, test } from 'vitest';
import { createRegistryHandler } from '../../src/registry/create-registry-handler.js';
import { createHostSelector } from '../../src/registry/select-host.js';

const hub = { host: 'docker.io', aliases: ['index.docker.io', 'registry-1.docker.io'] };
const quay = { host: 'quay.io' };
const own = { host: 'reg.example:5000' };
const select = createHostSelector([hub, quay, own]);

describe('one server plays many registries', () => {
  test.each([
    ['by its name', 'quay.io', undefined, quay, 'host'],
    ['by an alias', 'registry-1.docker.io', undefined, hub, 'host'],
    ['whatever the case', 'Quay.IO', undefined, quay, 'host'],
    ['by its name with any port, when it was declared without', 'quay.io:8443', undefined, quay, 'host'],
    ['by its name with its port', 'reg.example:5000', undefined, own, 'host'],
    ['not without the port that it was declared with', 'reg.example', undefined, hub, 'default'],
    ['not with another port than it was declared with', 'reg.example:5001', undefined, hub, 'default'],
    ['the first, for names that nobody declared', '127.0.0.1:43121', undefined, hub, 'default'],
    ['the first, without any name', undefined, undefined, hub, 'default'],
    ['by the namespace, before the Host header', 'quay.io', 'reg.example:5000', own, 'namespace'],
    ['by the Host header, when nobody knows the namespace', 'quay.io', 'ghcr.io', quay, 'host'],
  ])('%s', (_, hostHeader, namespace, host, by) =>
    expect(select({ hostHeader, namespace })).toEqual({ host, by }),
  );

  test('a name cannot stand for two registries', () => {
    expect(() => createHostSelector([hub, { host: 'index.docker.io' }])).toThrow(
      'two registries answer to index.docker.io',
    );
  });

  test('there must be one at least', () => {
    expect(() => createRegistryHandler({ hosts: [] })).toThrow(
      'a registry server needs at least one registry host',
    );
  });
});

test('where names are real ones, a declared Host counts more than ?ns=', () => {
  const real = createHostSelector([hub, quay, own], 'host');
  expect(real({ hostHeader: quay.host, namespace: hub.host })).toEqual({ host: quay, by: 'host' });
  expect(real({ hostHeader: '127.0.0.1:5000', namespace: quay.host })).toEqual({
    host: quay,
    by: 'namespace',
  });
});
