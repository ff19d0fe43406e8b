import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { type ServedWorld, serveWorld } from '../support/serve.js';
import { writeTinyLayout } from '../support/tiny-layout.js';

const world = `apiVersion: pullsim/v1
kind: World
registries:
  - host: registry.example.com
    htpasswd: users
    users: [{ name: reader, password: reader-password }]
    groups: { developers: [writer] }
    access:
      - { groups: [developers], repositories: ["team/**"], actions: [pull, push] }
      - { users: [reader], repositories: ["team/**"], actions: [pull] }
    repositories:
      - { name: team/open, visibility: public }
`;

describeWith(['docker-registry', 'skopeo', 'podman'], 'docker-registry behind serve --token-only', () => {
  let served: ServedWorld;
  let registry: DockerRegistry;
  let image: string;
  beforeAll(async () => {
    served = await serveWorld('world.yaml', {
      args: ['--token-only', '--journal', 'journal.jsonl'],
      files: { 'world.yaml': world, users: `writer:${bcrypt.hashSync('writer-password', 4)}\n` },
    });
    image = writeTinyLayout(join(served.folder, 'image'));
    registry = await startDockerRegistry({ folder: served.folder, ...pasted() });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });

  /** What the printed configuration says. */
  const pasted = () => {
    const value = (key: string) =>
      new RegExp(`^ +${key}: "?([^"\\n]+)"?$`, 'm').exec(served.printed)?.[1] ?? '';
    const bundle = readFileSync(value('rootcertbundle'), 'utf8');
    return { realm: value('realm'), service: value('service'), issuer: value('issuer'), bundle };
  };
  const authFile = (user: string) => join(served.folder, `auth-${user}.json`);
  const login = (program: string, user: string, password: string) =>
    runCommand(
      program,
      [
        'login',
        '--tls-verify=false',
        `--authfile=${authFile(user)}`,
        '-u',
        user,
        '--password-stdin',
        registry.host,
      ],
      { input: password },
    );
  const copy = (user: string, ...names: string[]) =>
    runCommand('skopeo', [
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      ...(user === '' ? [] : [`--authfile=${authFile(user)}`]),
      ...names,
    ]);
  const push = (user: string, name: string) => copy(user, image, `docker://${registry.host}/${name}`);
  const pull = (user: string, name: string) =>
    copy(user, `docker://${registry.host}/${name}`, `dir:${join(served.folder, `pulled-${user}`)}`);
  const refused = /authentication required|access to the resource is denied|unauthorized/;

  test('prints the configuration of the registry', () => {
    expect(served.printed).toContain('pullsim issues tokens for 1 registry at http://');
    expect(pasted()).toMatchObject({
      realm: `${served.url}/token`,
      service: 'registry.example.com',
      issuer: 'pullsim',
      bundle: expect.stringContaining('BEGIN CERTIFICATE'),
    });
  });

  test('keeps its key for its owner alone', () => {
    const state = join(served.folder, 'pullsim-token');
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(statSync(join(state, 'signing-key.pem')).mode & 0o777).toBe(0o600);
  });

  test('users log in with the right password only', async () => {
    expect(await login('skopeo', 'writer', 'writer-password')).toMatchObject({ status: 0 });
    expect(await login('podman', 'reader', 'reader-password')).toMatchObject({ status: 0 });
    for (const program of ['skopeo', 'podman']) {
      const { status, output } = await login(program, 'nobody', 'wrong');
      expect([status, output]).toEqual([
        expect.any(Number),
        expect.stringMatching(/invalid username\/password/),
      ]);
    }
  });

  test('who may push pushes, and who may pull pulls', async () => {
    expect(await push('writer', 'team/app:v1')).toMatchObject({ status: 0 });
    expect(await pull('reader', 'team/app:v1')).toMatchObject({ status: 0 });
    expect(await push('writer', 'team/open:v1')).toMatchObject({ status: 0 });
    expect(await pull('', 'team/open:v1')).toMatchObject({ status: 0 });
    const { status, output } = await runCommand('podman', [
      '--storage-driver=vfs',
      `--root=${join(served.folder, 'root')}`,
      `--runroot=${join(served.folder, 'run')}`,
      'pull',
      '--tls-verify=false',
      `--authfile=${authFile('reader')}`,
      `${registry.host}/team/app:v1`,
    ]);
    expect(status, output).toBe(0);
  });

  test('everybody else is refused', async () => {
    for (const outcome of [
      await push('reader', 'team/app:v2'),
      await push('writer', 'other/app:v1'),
      await pull('', 'team/app:v1'),
      await pull('reader', 'other/app:v1'),
    ]) {
      expect(outcome.status).not.toBe(0);
      expect(outcome.output).toMatch(refused);
    }
  });

  test('a user of the htpasswd file who is added later logs in without a restart', async () => {
    const file = join(served.folder, 'users');
    writeFileSync(file, `${readFileSync(file, 'utf8')}late:${bcrypt.hashSync('late-password', 4)}\n`);
    expect(await login('skopeo', 'late', 'late-password')).toMatchObject({ status: 0 });
  });

  test('replicas on one state folder share key and refresh tokens', async () => {
    await using replica = await serveWorld(join(served.folder, 'world.yaml'), {
      args: ['--token-only', '--state', join(served.folder, 'pullsim-token')],
    });
    const form = (fields: Record<string, string>) => ({
      method: 'POST',
      body: new URLSearchParams({ service: 'registry.example.com', client_id: 'test', ...fields }),
    });
    const password = { grant_type: 'password', username: 'reader', password: 'reader-password' };
    const first = await fetch(`${served.url}/token`, form({ ...password, access_type: 'offline' }));
    const { refresh_token: refresh } = (await first.json()) as { refresh_token: string };
    const scope = 'repository:team/app:pull';
    const again = await fetch(
      `${replica.url}/token`,
      form({ grant_type: 'refresh_token', refresh_token: refresh, scope }),
    );
    const { access_token: token } = (await again.json()) as { access_token: string };
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.oci.image.manifest.v1+json',
    };
    const found = await fetch(`http://${registry.host}/v2/team/app/manifests/v1`, { headers });
    expect([again.status, found.status]).toEqual([200, 200]);
    const jwks = async ({ url }: ServedWorld) => (await fetch(`${url}/.well-known/jwks.json`)).text();
    expect(await jwks(replica)).toBe(await jwks(served));
  });

  test('is no registry, and has no other page', async () => {
    for (const path of ['/', '/v2/', '/token/', '/.well-known/', '/metrics'])
      expect((await fetch(served.url + path)).status, path).toBe(404);
  });

  test('no password is written anywhere', () => {
    const { stdout } = spawnSync(
      'grep',
      ['-rlE', '(writer|reader|late)-password', '.', '--exclude=world.yaml', '--exclude=auth-*'],
      { cwd: served.folder, encoding: 'utf8' },
    );
    expect(stdout).toBe('');
  });
});
