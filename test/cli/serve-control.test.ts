import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pullsim } from '../support/cli.js';
import { serveWorld } from '../support/serve.js';

const readyOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8'));

test('serve --control tells the address and the token of this run', async () => {
  const args = ['--control', '--ready-file', 'ready.json'];
  await using served = await serveWorld('classroom', { args });
  const [, url, token] = /control API at (\S+), bearer token (\S+)/.exec(served.printed) ?? [];
  while (!statSync(join(served.folder, 'ready.json'), { throwIfNoEntry: false }))
    await new Promise((resolve) => setImmediate(resolve));
  expect(readyOf(served.folder)).toMatchObject({ url: served.url, control: { url, token } });
  expect(statSync(join(served.folder, 'ready.json')).mode & 0o777).toBe(0o600);
  const requests = (bearer = '') =>
    fetch(`${url}/requests`, { headers: { authorization: `Bearer ${bearer}` } });
  expect((await requests()).status).toBe(401);
  expect(await (await requests(token)).json()).toEqual({ requests: [] });
  expect((await fetch(`${served.url}/requests`)).status).toBe(404);
});

test.each([
  [['--control-port', '5001'], '--control-port is the port of --control: add it'],
  [['--control', '--control-port', 'x'], '--control-port must be a number from 0 to 65535, not "x"'],
  [['--control', '--token-only'], '--control is for registries, and --token-only serves none'],
])('serve %j is a usage error', async (args, message) => {
  const { code, stderr } = await pullsim(['serve', '--config', 'classroom', '--port', '0', ...args]);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

test('serve says so when the port of the control API is in use', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const flags = ['--config', 'classroom', '--port', '0', '--control', '--control-port', String(port)];
  const { code, stderr } = await pullsim(['serve', ...flags]);
  taken.close();
  expect(stderr).toBe(`pullsim: port ${port} of 127.0.0.1 is in use: choose another with --control-port\n`);
  expect(code).toBe(2);
});
