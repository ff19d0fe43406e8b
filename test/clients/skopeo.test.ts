import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { type ServedWorld, serveWorld } from '../support/serve.js';
import { writeTinyLayout } from '../support/tiny-layout.js';

describeWith(['skopeo'], 'skopeo', () => {
  let served: ServedWorld;
  beforeAll(async () => {
    served = await serveWorld();
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const image = (name: string) => `docker://${served.address}/${name}`;
  const creds = 'acme-ci:hub-access-token';
  const inspect = (...args: string[]) => runCommand('skopeo', ['inspect', '--tls-verify=false', ...args]);
  const copy = (...args: string[]) =>
    runCommand('skopeo', ['copy', '--src-tls-verify=false', '--dest-tls-verify=false', ...args]);

  test('inspects a public image without credentials', async () => {
    const { status, output } = await inspect(image('library/nginx:latest'));
    expect(status, output).toBe(0);
    const shown = JSON.parse(output);
    expect(shown).toMatchObject({ Os: 'linux', Architecture: 'amd64', Layers: [expect.any(String)] });
    expect(shown.RepoTags).toContain('1.27');
  });

  test('resolves a multi-platform image to the platform it is asked for', async () => {
    const { output } = await inspect('--override-arch', 'arm64', image('library/nginx:latest'));
    expect(JSON.parse(output).Architecture).toBe('arm64');
  });

  test('is refused a private image without credentials', async () => {
    const { status, output } = await inspect(image('acme/payments:1.4'));
    expect(status).not.toBe(0);
    expect(output).toContain('unauthorized: authentication required');
  });

  test('is refused a private image with a wrong password', async () => {
    const { status, output } = await inspect('--creds', 'acme-ci:wrong', image('acme/payments:1.4'));
    expect(status).not.toBe(0);
    expect(output).toContain('unable to retrieve auth token: invalid username/password');
  });

  test('inspects and copies a private image with credentials', async () => {
    expect((await inspect('--creds', creds, image('acme/payments:1.4'))).status).toBe(0);
    const { status, output } = await copy(
      '--src-creds',
      creds,
      image('acme/payments:1.4'),
      `dir:${served.folder}/payments`,
    );
    expect(status, output).toBe(0);
  });

  test('copies a public image without credentials', async () => {
    const { status, output } = await copy(
      '--all',
      image('library/redis:8.2'),
      `oci:${served.folder}/redis:8.2`,
    );
    expect(status, output).toBe(0);
  });

  test('copies an image in, and out again byte for byte', async () => {
    const source = writeTinyLayout(join(served.folder, 'in'));
    const pushed = await copy('--dest-creds', creds, source, image('acme/tiny:v1'));
    expect(pushed.status, pushed.output).toBe(0);
    const pulled = await copy('--src-creds', creds, image('acme/tiny:v1'), `oci:${served.folder}/out:v1`);
    expect(pulled.status, pulled.output).toBe(0);
    const blobs = (layout: string) => {
      const folder = join(served.folder, layout, 'blobs/sha256');
      return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('hex')]);
    };
    expect(blobs('out')).toEqual(blobs('in'));
    expect(blobs('in').length).toBe(3);
  });

  test('may not push where no rule lets it', async () => {
    const source = writeTinyLayout(join(served.folder, 'elsewhere'));
    const { status, output } = await copy('--dest-creds', creds, source, image('library/tiny:v1'));
    expect(status).not.toBe(0);
    expect(output).toContain('requested access to the resource is denied');
  });
});
