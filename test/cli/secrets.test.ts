import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { pullImage } from '../../src/world/pull-image.js';
import { startRegistry } from '../../src/world/start-registry.js';
import { pullsim } from '../support/cli.js';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pullsim-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface DockerConfig {
  readonly auths: Readonly<
    Record<string, { readonly username?: string; readonly password?: string; readonly auth?: string }>
  >;
}

/** Every password of the classroom, in the world and in its manifests, in each form in which it could leak. */
const secrets = [...worldPasswords(), ...manifestPasswords()].flatMap(({ user, password }) => [
  password,
  Buffer.from(`${user}:${password}`).toString('base64').replace(/=+$/, ''),
  encodeURIComponent(password),
]);

function worldPasswords() {
  const text = readFileSync(join(fixtures, 'worlds/classroom.yaml'), 'utf8');
  const world = parseAllDocuments(text)[0]?.toJS() as {
    registries: { users?: { name: string; password: string }[] }[];
  };
  return world.registries.flatMap(({ users = [] }) =>
    users.map(({ name, password }) => ({ user: name, password })),
  );
}

function manifestPasswords() {
  const files = readdirSync(join(fixtures, 'classroom')).filter((file) => file.endsWith('.yaml'));
  return files
    .flatMap((file) => parseAllDocuments(readFileSync(join(fixtures, 'classroom', file), 'utf8')))
    .map((document) => document.toJS() as { data?: Record<string, string> } | null)
    .flatMap((object) => Object.values(object?.data ?? {}))
    .flatMap((value) => readConfig(Buffer.from(value, 'base64').toString()))
    .flatMap(({ auths }) => Object.values(auths))
    .flatMap(({ username = '', password }) => (password === undefined ? [] : [{ user: username, password }]));
}

/** The lessons have malformed secrets too. */
function readConfig(text: string): DockerConfig[] {
  try {
    const config = JSON.parse(text) as DockerConfig;
    return config.auths === undefined ? [] : [config];
  } catch {
    return [];
  }
}

const leaks = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

describe('no password of the classroom appears', () => {
  test('although there are some to find', () => {
    expect(new Set(secrets).size).toBeGreaterThan(8);
    expect(secrets).toContain('dock_password');
  });

  test.each(['text', 'wide', 'json'])('in check -v -o %s', async (format) => {
    const args = ['check', '--config', 'classroom', '-v', '-o', format, join(fixtures, 'classroom')];
    const { code, stdout, stderr } = await pullsim(args, { cwd: folder });
    expect(code).toBe(1);
    expect(stdout.length).toBeGreaterThan(5000);
    expect(leaks(stdout + stderr)).toEqual([]);
  });

  test('in the journal and the trace of pulls', async () => {
    await using registry = await startRegistry({ world: 'classroom' });
    const hosts = { '*': registry.url };
    const pulls = [
      await pullImage('acme/payments:1.4', {
        hosts,
        auth: { username: 'acme-ci', password: 'hub-access-token' },
      }),
      await pullImage('myprivateregistry.com:5000/nginx:alpine', {
        hosts,
        auth: { username: 'dock_user', password: 'dock_password' },
      }),
      await pullImage('acme/payments:1.4', {
        hosts,
        auth: { username: 'acme-ci', password: 'dock_password' },
      }),
    ];
    expect(pulls.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(registry.requests.length).toBeGreaterThan(15);
    expect(leaks(JSON.stringify([pulls, registry.requests]))).toEqual([]);
  });

  test('in the journal, when a client puts it into the address', async () => {
    await using registry = await startRegistry({ world: 'classroom' });
    await fetch(`${registry.url}/token?service=registry.docker.io&account=acme-ci&password=hub-access-token`);
    await fetch(`${registry.url}/v2/?password=hub-access-token`);
    expect(registry.requests.length).toBe(2);
    expect(leaks(JSON.stringify(registry.requests))).toEqual([]);
  });
});
