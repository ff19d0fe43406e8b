import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createServerIdentity } from '../../src/access/server-identity.js';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { pullsim } from '../support/cli.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pullsim-flags-'));
  const identity = () =>
    createServerIdentity({
      hosts: ['localhost'],
      now: new Date(),
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    });
  writeFileSync(join(folder, 'tls.crt'), identity().cert);
  writeFileSync(join(folder, 'tls.key'), identity().key);
  writeFileSync(
    join(folder, 'basic.yaml'),
    'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: a.example, auth: none }]\n',
  );
  writeFileSync(
    join(folder, 'layout.yaml'),
    'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: a.example, auth: none, layout: content }]\n',
  );
  writeFileSync(
    join(folder, 'inside-file.yaml'),
    'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: a.example, auth: none, layout: tls.crt/content }]\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['--tls-cert tls.crt', '--tls-cert and --tls-key belong together'],
  ['--tls-cert tls.crt --tls-key tls.key', 'are no certificate with its private key'],
  ['--tls-cert tls.crt --tls-key absent', '--tls-key absent cannot be read (ENOENT)'],
  ['--tls-ca ca.crt', '--tls-ca says where --tls writes its certificate'],
  ['--tls --tls-ca tls.crt/ca.crt', '--tls-ca tls.crt/ca.crt cannot be written'],
  ['--ready-file tls.crt/ready', '--ready-file tls.crt/ready cannot be written'],
  ['--journal absent/journal', '--journal absent/journal cannot be written'],
  ['--token-only --state tls.crt/state', 'tls.crt/state cannot be used (ENOTDIR)'],
  ['--config inside-file.yaml', 'tls.crt/content'],
  ['--state s', '--state is for --token-only'],
  ['--token-header key-id', '--token-header is for --token-only'],
  ['--token-only --config basic.yaml', 'no registry with "auth: token"'],
  ['--token-only --token-header x', 'Allowed choices are certificate, key-id'],
])('serve %s is bad usage, and says why', async (flags, says) => {
  const { code, stdout, stderr } = await pullsim(['serve', '--port', '0', '-q', ...flags.split(' ')], {
    cwd: folder,
  });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain('bug of ours');
});

test('serve says which process has its folder', async () => {
  const store = await openLayoutStore(join(folder, 'content'));
  const { code, stderr } = await pullsim(['serve', '--port', '0', '--config', 'layout.yaml'], {
    cwd: folder,
  });
  await store.close();
  expect(code).toBe(2);
  expect(stderr).toContain(`process ${process.pid} serves this folder already`);
});
