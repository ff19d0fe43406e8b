import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pullsim, startPullsim } from '../support/cli.js';

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pullsim-serve-'));
});

afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  child = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Ready {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
}

/** Starts `serve` on a free port; resolves when it has printed its last line. */
async function serve(...args: string[]): Promise<{ ready: Ready; printed: () => string }> {
  const readyFile = join(folder, 'ready.json');
  const started = startPullsim(['serve', '--port', '0', '--ready-file', readyFile, ...args], { cwd: folder });
  child = started;
  const out: string[] = [];
  await new Promise<void>((resolve, reject) => {
    started.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk.toString());
      if (out.join('').includes('Stop with Ctrl-C.')) resolve();
    });
    const err: string[] = [];
    started.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
    started.once('close', (code) => reject(new Error(`serve ended with ${code}: ${err.join('')}`)));
  });
  await appears(readyFile);
  return { ready: JSON.parse(readFileSync(readyFile, 'utf8')) as Ready, printed: () => out.join('') };
}

/** The file is renamed into place right after the last line is printed. */
async function appears(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolve) => setImmediate(resolve));
}

async function stop(signal: NodeJS.Signals): Promise<number | null> {
  child?.kill(signal);
  const [code] = (await once(child!, 'close')) as [number | null];
  return code;
}

describe('serve', () => {
  test('writes where it listens, and answers there', async () => {
    const { ready } = await serve();
    expect(ready).toEqual({
      url: `http://127.0.0.1:${ready.port}`,
      host: '127.0.0.1',
      port: ready.port,
      pid: child?.pid,
    });
    const answer = await fetch(`${ready.url}/v2/`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="${ready.url}/token",service="registry.docker.io"`,
    );
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly at %s', async (signal) => {
    await serve();
    expect(await stop(signal)).toBe(0);
    expect(existsSync(join(folder, 'ready.json'))).toBe(false);
  });

  test('ends although a client keeps its connection', async () => {
    const { ready } = await serve();
    await (await fetch(`${ready.url}/v2/`)).text();
    expect(await stop('SIGTERM')).toBe(0);
  });

  test('prints what it serves and commands to paste, without passwords', async () => {
    const { ready, printed } = await serve();
    const text = printed();
    expect(text).toContain(`pullsim serves 4 registries at ${ready.url}`);
    expect(text).toContain('  docker.io   auth: token, users: acme-ci');
    expect(text).toContain(`docker pull 127.0.0.1:${ready.port}/library/nginx:latest`);
    expect(text).toContain(`--password-stdin 127.0.0.1:${ready.port}`);
    for (const password of ['hub-access-token', 'registry-password', 'dock_password'])
      expect(text).not.toContain(password);
  });

  test('serves the world that --config names', async () => {
    writeFileSync(
      join(folder, 'w.yaml'),
      'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: "localhost:5001", auth: none, repositories: [{ name: app, tags: { v1: {} } }] }]\n',
    );
    const { ready } = await serve('--config', 'w.yaml');
    expect((await fetch(`${ready.url}/v2/app/manifests/v1`)).status).toBe(200);
  });

  test('says where the users are that the world file does not name', async () => {
    writeFileSync(join(folder, 'users.htpasswd'), `bob:$2b$04$${'a'.repeat(53)}\n`);
    writeFileSync(
      join(folder, 'w.yaml'),
      'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: a.io, auth: basic, htpasswd: users.htpasswd }]\n',
    );
    const { printed } = await serve('--config', 'w.yaml');
    expect(printed()).toContain('a.io   auth: basic, users: those of users.htpasswd\n');
  });

  test('sends clients to the public address for tokens', async () => {
    const { ready } = await serve('--public-url', 'https://registry.lab.example');
    const done = spawnSync('curl', ['-si', '-H', 'Host: elsewhere.example', `${ready.url}/v2/`]);
    expect(done.stdout.toString()).toContain('realm="https://registry.lab.example/token"');
  });

  test('writes every exchange down, secrets masked', async () => {
    const { ready } = await serve('--journal', 'journal.jsonl');
    const url = `${ready.url}/token?service=registry.docker.io&scope=repository:acme/payments:pull`;
    const authorization = `Basic ${Buffer.from('acme-ci:hub-access-token').toString('base64')}`;
    await fetch(url, { headers: { authorization } });
    const [line = ''] = readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({
      registry: 'docker.io',
      kind: 'token',
      method: 'GET',
      status: 200,
      identity: 'acme-ci',
      decision: 'allow',
    });
    expect(line).not.toContain('hub-access-token');
    expect(line).not.toContain(authorization.slice('Basic '.length));
  });

  test('says so when the port is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await pullsim(['serve', '--port', String(port)], { cwd: folder });
    taken.close();
    expect(code).toBe(2);
    expect(stderr).toBe(
      `pullsim: port ${port} of 127.0.0.1 is in use: choose another with --port, or take a free one with --port 0\n`,
    );
  });

  test('refuses an address that is not of this machine', async () => {
    const { code, stderr } = await pullsim(['serve', '--port', '0', '--host', '192.0.2.1'], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('--host 192.0.2.1 is no address of this machine');
  });
});
