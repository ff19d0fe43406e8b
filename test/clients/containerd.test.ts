import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Containerd, startContainerd } from '../support/containerd.js';
import { describeWith } from '../support/installed.js';
import { type ServedWorld, serveWorld } from '../support/serve.js';

describeWith(['containerd', 'ctr'], 'containerd', () => {
  let served: ServedWorld;
  let containerd: Containerd;
  beforeAll(async () => {
    served = await serveWorld();
    containerd = await startContainerd(served.folder);
  });
  afterAll(async () => {
    await containerd[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });

  const ctr = (...args: string[]) => containerd.ctr(...args);
  // The native snapshotter unpacks by copying: no overlay file system is needed.
  const pull = (...args: string[]) => ctr('images', 'pull', '--plain-http', '--snapshotter=native', ...args);

  test('pulls a public image without a user', async () => {
    const { status, output } = await pull(`${served.address}/library/nginx:latest`);
    expect(status, output).toBe(0);
    expect(output).toContain('unpacking linux/amd64 sha256:');
  });

  test('is refused a private image without a user, in the words that pods show', async () => {
    const { status, output } = await pull(`${served.address}/acme/payments:1.4`);
    expect(status).not.toBe(0);
    expect(output).toContain(
      `failed to resolve reference "${served.address}/acme/payments:1.4": pull access denied, repository does not ` +
        'exist or may require authorization: server message: insufficient_scope: authorization failed',
    );
  });

  test('is refused a private image with a wrong password', async () => {
    const { status, output } = await pull('--user=acme-ci:wrong', `${served.address}/acme/payments:1.4`);
    expect(status).not.toBe(0);
    expect(output).toContain('401 Unauthorized');
  });

  test('pulls a private image with --user', async () => {
    const user = '--user=acme-ci:hub-access-token';
    const { status, output } = await pull(user, `${served.address}/acme/payments:1.4`);
    expect(status, output).toBe(0);
  });

  test('resolves a multi-platform image to the platform it is asked for', async () => {
    const { status, output } = await pull('--platform=linux/arm64', `${served.address}/library/redis:8.2`);
    expect(status, output).toBe(0);
    expect(output).toContain('unpacking linux/arm64 sha256:');
  });

  test('finds another registry of the world through its mirror, which names it by ?ns=', async () => {
    const host = 'gcr.io';
    const folder = join(served.folder, 'certs.d', host);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'hosts.toml'),
      `[host."http://${served.address}"]\n  capabilities = ["pull", "resolve"]\n`,
    );
    const { status, output } = await ctr(
      'images',
      'pull',
      '--snapshotter=native',
      `--hosts-dir=${join(served.folder, 'certs.d')}`,
      `${host}/kubernetes-e2e-test-images/dnsutils:1.3`,
    );
    expect(status, output).toBe(0);
  });
});
