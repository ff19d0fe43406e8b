import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { type ServedWorld, serveWorld } from '../support/serve.js';

describeWith(['podman'], 'podman', () => {
  let served: ServedWorld;
  beforeAll(async () => {
    served = await serveWorld();
  });
  afterAll(async () => {
    await podman('system', 'prune', '--all', '--force');
    await served[Symbol.asyncDispose]();
  });

  /** With images and logins of its own. */
  const podman = (...args: string[]) =>
    runCommand('podman', [
      '--storage-driver=vfs',
      `--root=${join(served.folder, 'root')}`,
      `--runroot=${join(served.folder, 'run')}`,
      ...args,
    ]);
  const authFile = () => join(served.folder, 'auth.json');
  const login = (password: string) =>
    runCommand(
      'podman',
      [
        'login',
        '--tls-verify=false',
        `--authfile=${authFile()}`,
        '--username=acme-ci',
        '--password-stdin',
        served.address,
      ],
      { input: password },
    );
  const pull = (image: string, ...args: string[]) =>
    podman('pull', '--quiet', '--tls-verify=false', ...args, `${served.address}/${image}`);

  test('pulls a public image without login', async () => {
    const { status, output } = await pull('library/nginx:1.27');
    expect(status, output).toBe(0);
    expect(output.trim()).toMatch(/^[a-f0-9]{64}$/);
  });

  test('is refused a private image without login', async () => {
    const { status, output } = await pull('acme/payments:1.4');
    expect(status).not.toBe(0);
    expect(output).toContain('requested access to the resource is denied');
  });

  test('cannot log in with a wrong password', async () => {
    const { status, output } = await login('wrong');
    expect(status).not.toBe(0);
    expect(output).toContain('invalid username/password');
  });

  test('logs in with the right one, and pulls the private image', async () => {
    const { status, output } = await login('hub-access-token');
    expect(status, output).toBe(0);
    expect(output).toContain('Login Succeeded!');
    const pulled = await pull('acme/payments:1.4', `--authfile=${authFile()}`);
    expect(pulled.status, pulled.output).toBe(0);
  });

  test('resolves a multi-platform image to one platform', async () => {
    const architecture = async (...args: string[]) => {
      const { output } = await pull('library/redis:8.2', ...args);
      const inspected = await podman('image', 'inspect', '--format={{.Os}}/{{.Architecture}}', output.trim());
      return inspected.output.trim();
    };
    expect(await architecture()).toBe('linux/amd64');
    expect(await architecture('--arch=arm64')).toBe('linux/arm64');
  });
});
