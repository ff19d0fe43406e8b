import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServerIdentity } from '../../src/access/server-identity.js';
import { type Containerd, startContainerd } from '../support/containerd.js';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { type ServedWorld, serveWorld } from '../support/serve.js';

const credentials = 'acme-ci:hub-access-token';

describeWith(['curl', 'openssl', 'skopeo', 'podman', 'containerd', 'ctr'], 'serve --tls', () => {
  let served: ServedWorld;
  let containerd: Containerd;
  beforeAll(async () => {
    served = await serveWorld('classroom', { args: ['--tls', '--tls-ca', 'ca/ca.crt'] });
    containerd = await startContainerd(served.folder);
  });
  afterAll(async () => {
    await containerd[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });
  const certDir = () => join(served.folder, 'ca');
  const caFile = () => join(certDir(), 'ca.crt');
  const image = (name: string) => `${served.address}/${name}`;

  test('tells where it is and what to trust', () => {
    expect(served.url).toBe(`https://${served.address}`);
    expect(served.printed).toContain(`its clients must trust ${caFile()}`);
    expect(served.printed).toContain(`podman pull --cert-dir ${certDir()} ${image('library/nginx:latest')}`);
  });

  test('the certificate is good for loopback and for the names of the registries, and for nothing else', async () => {
    const port = served.address.split(':')[1];
    const ask = (host: string) =>
      runCommand('curl', [
        '-si',
        '--cacert',
        caFile(),
        '--resolve',
        `${host}:${port}:127.0.0.1`,
        `https://${host}:${port}/v2/`,
      ]);
    for (const host of ['127.0.0.1', 'localhost', 'docker.io', 'registry-1.docker.io', 'gcr.io'])
      expect((await ask(host)).output, host).toContain(`realm="https://${host}:${port}/token"`);
    expect((await ask('elsewhere.example')).status).toBe(60);
  });

  test('openssl finds the chain in order, strictly', async () => {
    const { output } = await runCommand('openssl', [
      's_client',
      '-connect',
      served.address,
      '-CAfile',
      caFile(),
      '-x509_strict',
      '-verify_return_error',
    ]);
    expect(output).toContain('Verify return code: 0 (ok)');
  });

  test('skopeo pulls with --cert-dir, and refuses without', async () => {
    const inspect = (...args: string[]) =>
      runCommand('skopeo', ['inspect', ...args, `docker://${image('acme/payments:1.4')}`]);
    expect(await inspect('--cert-dir', certDir(), '--creds', credentials)).toMatchObject({ status: 0 });
    const { status, output } = await inspect('--creds', credentials);
    expect(status).not.toBe(0);
    expect(output).toContain('certificate signed by unknown authority');
  });

  test('podman pulls with --cert-dir', async () => {
    const { status, output } = await runCommand('podman', [
      '--storage-driver=vfs',
      `--root=${join(served.folder, 'root')}`,
      `--runroot=${join(served.folder, 'run')}`,
      'pull',
      '--cert-dir',
      certDir(),
      '--creds',
      credentials,
      image('acme/payments:1.4'),
    ]);
    expect(status, output).toBe(0);
  });

  describe('containerd', () => {
    const hostsDir = () => join(served.folder, 'certs.d');
    const pull = (name: string, ...args: string[]) =>
      containerd.ctr('images', 'pull', '--snapshotter=native', `--hosts-dir=${hostsDir()}`, ...args, name);
    const hosts = (host: string, ca: boolean) => {
      const folder = join(hostsDir(), host);
      mkdirSync(folder, { recursive: true });
      const trust = ca ? `  ca = "${caFile()}"\n` : '';
      writeFileSync(
        join(folder, 'hosts.toml'),
        `[host."${served.url}"]\n  capabilities = ["pull", "resolve"]\n${trust}`,
      );
    };

    test('pulls with the ca of certs.d', async () => {
      hosts('docker.io', true);
      const { status, output } = await pull('docker.io/acme/payments:1.4', `--user=${credentials}`);
      expect(status, output).toBe(0);
    });

    test('refuses without it', async () => {
      hosts('gcr.io', false);
      const { status, output } = await pull('gcr.io/kubernetes-e2e-test-images/dnsutils:1.3');
      expect(status).not.toBe(0);
      expect(output).toContain('x509: certificate signed by unknown authority');
    });
  });

  test('a certificate of the user is served as it is', async () => {
    const own = createServerIdentity({
      hosts: ['lab.example', '127.0.0.1'],
      now: new Date(),
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    });
    await using other = await serveWorld('classroom', {
      args: ['--tls-cert', 'tls.crt', '--tls-key', 'tls.key'],
      files: { 'tls.crt': own.cert, 'tls.key': own.key, 'own-ca.crt': own.ca },
    });
    const { output } = await runCommand('curl', [
      '-si',
      '--cacert',
      join(other.folder, 'own-ca.crt'),
      `${other.url}/v2/`,
    ]);
    expect(output).toContain(`realm="${other.url}/token"`);
  });
});
