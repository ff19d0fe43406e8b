import { randomBytes, X509Certificate } from 'node:crypto';
import { get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createServerIdentity } from '../../src/access/server-identity.js';
import { startRegistry } from '../../src/world/start-registry.js';
import { tlsHosts } from '../../src/world/tls-hosts.js';

interface Answer {
  readonly status: number;
  readonly challenge: string;
  readonly certificate: string;
}

/** Calls the server as `host`; rejects when the certificate is not good for that name. */
function ask(port: number, host: string, ca: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/v2/', ca, agent: false };
    // A server name may be no address: those are checked against the address that was dialled.
    const named = /^[\d.]+$/.test(host) ? options : { ...options, servername: host };
    const outgoing = get({ ...named, headers: { host: `${host}:${port}` } }, (incoming) => {
      const certificate = (incoming.socket as TLSSocket).getPeerCertificate().subject.CN;
      incoming.resume().on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          challenge: String(incoming.headers['www-authenticate']),
          certificate: String(certificate),
        }),
      );
    });
    outgoing.on('error', reject);
  });
}

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

describe('startRegistry over https', () => {
  test('makes an authority, and its certificate is good for loopback and every registry of the world', async () => {
    await using registry = await startRegistry({ tls: true });
    expect(registry.url).toBe(`https://127.0.0.1:${registry.port}`);
    for (const host of [
      '127.0.0.1',
      'localhost',
      'docker.io',
      'registry-1.docker.io',
      'auth.docker.io',
      'gcr.io',
    ]) {
      const answer = await ask(registry.port, host, registry.ca);
      expect(answer.status).toBe(401);
    }
    const { challenge } = await ask(registry.port, 'localhost', registry.ca);
    expect(challenge).toContain(`realm="https://localhost:${registry.port}/token"`);
  });

  test('is trusted by nobody who was not told, and for no other name', async () => {
    await using registry = await startRegistry({ tls: true });
    await expect(ask(registry.port, '127.0.0.1', undefined)).rejects.toThrow(/unable to verify|self-signed/);
    await expect(ask(registry.port, 'elsewhere.example', registry.ca)).rejects.toThrow(/does not match/);
  });

  test('shows the certificate that it is given, and makes none', async () => {
    const { ca, ...own } = createServerIdentity({ hosts: ['lab.example'], now: new Date(), random });
    await using registry = await startRegistry({ tls: own });
    expect(registry.ca).toBeUndefined();
    expect(await ask(registry.port, 'lab.example', ca)).toMatchObject({
      status: 401,
      certificate: 'pullsim registry',
    });
  });

  test('a certificate with the key of another leaves nothing open', async () => {
    const identity = () => createServerIdentity({ hosts: ['lab.example'], now: new Date(), random });
    await expect(startRegistry({ tls: { cert: identity().cert, key: identity().key } })).rejects.toThrow(
      /key values mismatch/,
    );
  });
});

describe('the certificate', () => {
  const { cert, ca } = createServerIdentity({
    hosts: ['lab.example', '127.0.0.1', '::1'],
    now: new Date('2026-06-01T00:00:00Z'),
    random,
  });
  const leaf = new X509Certificate(cert);
  const authority = new X509Certificate(ca);

  test('is signed by the authority, which signs no names of its own', () => {
    expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true);
    expect([authority.ca, leaf.ca]).toEqual([true, false]);
    expect(authority.subjectAltName).toBeUndefined();
  });

  test('names hosts and addresses, and lives a year', () => {
    expect(leaf.subjectAltName).toBe('DNS:lab.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(leaf.validFrom).toBe('May 31 00:00:00 2026 GMT');
    expect(leaf.validTo).toBe('Jun  1 00:00:00 2027 GMT');
  });
});

describe('the names of a certificate', () => {
  test('are the registries without ports, loopback, and where the server listens', () => {
    const hosts = tlsHosts({
      registries: ['registry.example.com:5000', '[fd00::1]:5000', 'docker.io'],
      listens: '192.0.2.7',
      publicUrl: 'https://lab.example:8443',
    });
    expect(hosts).toEqual([
      'registry.example.com',
      'fd00::1',
      'docker.io',
      'index.docker.io',
      'registry-1.docker.io',
      'auth.docker.io',
      'localhost',
      '127.0.0.1',
      '::1',
      '192.0.2.7',
      'lab.example',
    ]);
  });

  test.each(['0.0.0.0', '::'])(
    'of a server on all addresses (%s) are all addresses but the wildcard',
    (listens) => {
      const hosts = tlsHosts({ registries: [], listens });
      expect(hosts).toContain('127.0.0.1');
      expect(hosts).not.toContain(listens);
      expect(hosts.some((host) => host.startsWith('fe80:'))).toBe(false);
    },
  );
});
