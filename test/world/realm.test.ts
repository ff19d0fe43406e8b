import { describe, expect, test } from 'vitest';
import { realNames, servedNames } from '../../src/world/realm.js';

const request = (hostHeader: string | undefined, more: object = {}) => ({
  registry: 'docker.io',
  selectedBy: 'default' as const,
  hostHeader,
  listeningAddress: '127.0.0.1:5000',
  secure: false,
  ...more,
});

describe('in check', () => {
  test('the realm is the real one, whatever the port', () => {
    const realm = (host: string) => realNames(host, request('127.0.0.1:43121'));
    expect(realm('docker.io')).toBe('https://auth.docker.io/token');
    expect(realm('myprivateregistry.com:5000')).toBe('https://myprivateregistry.com:5000/token');
  });
});

describe('in serve', () => {
  const hosts = ['docker.io', 'gcr.io', 'myprivateregistry.com:5000'];
  const realmOf = (hostHeader: string | undefined, more: object = {}, publicUrl?: string) =>
    servedNames(hosts, publicUrl)('docker.io', request(hostHeader, more));

  test.each([
    ['a registry of the world', 'gcr.io', 'http://gcr.io/token'],
    ['an alias of Docker Hub', 'registry-1.docker.io', 'http://registry-1.docker.io/token'],
    ['a registry without its port', 'gcr.io:8443', 'http://gcr.io:8443/token'],
    ['a registry with its port', 'myprivateregistry.com:5000', 'http://myprivateregistry.com:5000/token'],
    ['the listening address', '127.0.0.1:5000', 'http://127.0.0.1:5000/token'],
    ['its other name', 'localhost:5000', 'http://localhost:5000/token'],
  ])('the realm repeats Host when it is %s', (_, host, realm) => {
    expect(realmOf(host)).toBe(realm);
    expect(realmOf(host, {}, 'https://lab.example')).toBe(realm);
  });

  test.each([
    ['made up', 'evil.example'],
    ['a registry on another port', 'myprivateregistry.com:1'],
    ['localhost on another port', 'localhost:1'],
    ['absent', undefined],
  ])('the realm is the listening address when Host is %s', (_, host) => {
    expect(realmOf(host)).toBe('http://127.0.0.1:5000/token');
    expect(realmOf(host, {}, 'https://lab.example')).toBe('https://lab.example/token');
  });

  test('the realm has the scheme of the connection', () => {
    expect(realmOf('gcr.io', { secure: true })).toBe('https://gcr.io/token');
  });

  test('an IPv4 client of an IPv6 socket is sent to its own address', () => {
    const mapped = { listeningAddress: '[::ffff:127.0.0.1]:5000' };
    expect(realmOf('127.0.0.1:5000', mapped)).toBe('http://127.0.0.1:5000/token');
    expect(realmOf('localhost:5000', mapped)).toBe('http://localhost:5000/token');
    expect(realmOf('elsewhere.example', mapped)).toBe('http://127.0.0.1:5000/token');
  });
});
