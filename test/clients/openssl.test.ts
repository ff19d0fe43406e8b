import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificate } from '../../src/access/certificate.js';
import { openKeyFile } from '../../src/access/key-file.js';
import { generateSigningKey } from '../../src/access/signing-key.js';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { newSigner, selfSigned } from '../support/signers.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const now = new Date();
const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

describeWith(['openssl'], 'openssl', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const at = (name: string) => join(folder.path, name);
  const openssl = (...args: string[]) => runCommand('openssl', args);

  test.each(['rsa:2048', 'ec'])('makes %s keys and certificates that we read', async (kind) => {
    const curve = kind === 'ec' ? ['-pkeyopt', 'ec_paramgen_curve:P-256'] : [];
    const made = await openssl(
      'req',
      '-x509',
      '-newkey',
      kind,
      ...curve,
      '-nodes',
      '-keyout',
      at('k'),
      '-out',
      at('c'),
      '-days',
      '9',
      '-subj',
      '/CN=t',
    );
    expect(made.status).toBe(0);
    writeFileSync(at('both'), readFileSync(at('k'), 'utf8') + readFileSync(at('c'), 'utf8'));
    expect(openKeyFile(at('both'), { now, random }).certificate?.subject).toBe('CN=t');
  });

  test.each(['ES256', 'RS256'] as const)(
    'reads and believes our self-signed %s certificate',
    async (algorithm) => {
      const { certificate } = generateSigningKey(algorithm, { now, random });
      writeFileSync(at('self.pem'), String(certificate));
      expect(
        (await openssl('verify', '-x509_strict', '-CAfile', at('self.pem'), at('self.pem'))).output,
      ).toContain('self.pem: OK');
      const { output } = await openssl('x509', '-in', at('self.pem'), '-noout', '-text');
      expect(output).toMatch(
        /Version: 3[\s\S]*CN = pullsim token signer[\s\S]*CA:TRUE[\s\S]*Digital Signature, Certificate Sign/,
      );
    },
  );

  test('believes a server certificate of our CA for its names and addresses, and for no others', async () => {
    const authority = newSigner('ec');
    const server = newSigner('ec');
    writeFileSync(at('ca.pem'), String(selfSigned(authority, now, { subject: 'ca' })));
    const der = createCertificate({
      subject: 'server',
      publicKey: server.publicKey,
      issuer: { name: 'ca', privateKey: authority.privateKey },
      notBefore: new Date(now.getTime() - 86_400_000),
      notAfter: new Date(now.getTime() + 30 * 365 * 86_400_000),
      ca: false,
      hosts: ['registry.example', '127.0.0.1', '::1', 'fe80::1:2'],
      serial: random(16),
    });
    writeFileSync(at('server.der'), der);
    await openssl('x509', '-inform', 'DER', '-in', at('server.der'), '-out', at('server.pem'));
    const verify = (...args: string[]) =>
      openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-CAfile',
        at('ca.pem'),
        ...args,
        at('server.pem'),
      );
    for (const name of ['registry.example'])
      expect((await verify('-verify_hostname', name)).output).toContain('OK');
    for (const ip of ['127.0.0.1', '::1', 'fe80::1:2'])
      expect((await verify('-verify_ip', ip)).output).toContain('OK');
    expect((await verify('-verify_hostname', 'evil.example')).status).not.toBe(0);
    expect((await verify('-verify_ip', '127.0.0.2')).status).not.toBe(0);
  });
});
