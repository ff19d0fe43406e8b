import { expect, test } from 'vitest';
import { indexKeyOf } from '../../src/credentials/registry-key.js';
import { keyMiss } from '../../src/diagnosis/key-miss.js';

const readable = (key: string): string | undefined => {
  try {
    return indexKeyOf(key);
  } catch {
    return undefined;
  }
};

const hub = { host: 'docker.io', path: 'acme/app', mirrors: [] };
const ported = { host: 'registry.example.com:5000', path: 'team/app', mirrors: [] };
const plain = { host: 'registry.example.com', path: 'team/app', mirrors: ['mirror.lan:8443'] };
const local = { host: 'localhost:5000', path: 'app', mirrors: [] };

// The keys are those of the tables in causes.md 1.2 that do not match, and their like.
test.each([
  ['registry-1.docker.io', hub, 'not-docker-hub'],
  ['registry.hub.docker.com', hub, 'not-docker-hub'],
  ['https://hub.docker.com', hub, 'not-docker-hub'],
  ['https://auth.docker.io/token', hub, 'not-docker-hub'],
  ['index.docker.io/acme', hub, 'not-docker-hub'],
  ['https://index.docker.io/v1', hub, 'api-path'],
  ['docker.io/other', hub, 'other-path'],
  ['Docker.io', hub, 'case'],
  ['quay.io', hub, 'other-registry'],
  ['registry.example.com', ported, 'port'],
  ['https://registry.example.com:443', ported, 'port'],
  ['registry.example.com:5000/v2', ported, 'api-path'],
  ['registry.example.com:5000', plain, 'port'],
  ['registry.example.com/v2', plain, 'api-path'],
  ['registry.example.com/api/v2.0', plain, 'api-path'],
  ['registry.example.com/repository/docker', plain, 'api-path'],
  ['registry.example.com/Team', plain, 'other-path'],
  ['registry.example.com/group-b/', plain, 'other-path'],
  ['registry.example.com/team/app:1.0', plain, 'names-tag'],
  ['REGISTRY.example.com', plain, 'case'],
  ['HTTPS://registry.example.com', plain, 'scheme'],
  ['oci://registry.example.com', plain, 'scheme'],
  ['docker://registry.example.com/team', plain, 'scheme'],
  ['oci://quay.io', plain, 'other-registry'],
  ['registry.example.com ', plain, 'unreadable'],
  [' registry.example.com', plain, 'unreadable'],
  ['registry.example.com\n', plain, 'unreadable'],
  ['user:p w@registry.example.com', plain, 'unreadable'],
  ['quay .io', plain, 'other-registry'],
  ['*.com', plain, 'glob-labels'],
  ['*', plain, 'glob-labels'],
  ['*.example.org', plain, 'other-registry'],
  ['example.com', plain, 'spelling'],
  ['eu.registry.example.com', plain, 'spelling'],
  ['registry.exmaple.com', plain, 'spelling'],
  ['mirror.lan:8443', plain, 'mirror'],
  ['mirror.lan', plain, 'other-registry'],
  ['https://index.docker.io/v1/', plain, 'docker-hub-default'],
  ['docker.io', plain, 'docker-hub-default'],
  ['127.0.0.1:5000', local, 'spelling'],
])('%j is not for %j because of: %s', (key, target, miss) => {
  expect(keyMiss(key, readable(key), target)).toBe(miss);
});
