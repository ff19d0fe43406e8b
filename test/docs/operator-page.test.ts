import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { check, createSimulator, startRegistry } from '../../src/index.js';
import '../../src/testing/vitest.js';

/** What docs/testing-an-operator.md shows, with the objects that its reader is to bring. */
const world = {
  registries: [
    {
      host: 'registry.example.com',
      users: [{ name: 'ci', password: 'made-up-for-the-test' }],
      repositories: [{ name: 'team/app', tags: { '1.0': {} } }],
    },
  ],
};
const login = { username: 'ci', password: 'made-up-for-the-test' };
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'regcred', namespace: 'prod' },
  type: 'kubernetes.io/dockerconfigjson',
  stringData: { '.dockerconfigjson': JSON.stringify({ auths: { 'registry.example.com': login } }) },
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app', namespace: 'prod' },
  spec: {
    selector: { matchLabels: { app: 'app' } },
    template: {
      metadata: { labels: { app: 'app' } },
      spec: {
        imagePullSecrets: [{ name: 'regcred' }],
        containers: [{ name: 'app', image: 'registry.example.com/team/app:1.0' }],
      },
    },
  },
};

test('pods of the operator pull with the secret that it copies', async () => {
  const report = await check({ manifests: [secret, deployment], world });
  expect(report).toPullAllImages();
  expect(report).toUseCredential('prod/regcred');
});

test('without the secret they say why', async () => {
  const report = await check({ manifests: [deployment], world });
  expect(report).toFailToPull('app', { rule: 'REF02', reason: 'ErrImagePull' });
});

test('a secret that comes later ends the back-off', async () => {
  await using simulator = createSimulator({ world });
  await simulator.apply([deployment]);
  await simulator.advance('5m');
  expect(simulator.report()).toHaveEvent('BackOff', /Back-off pulling image/);
  await simulator.apply([secret]);
  await simulator.advance('10m');
  expect(simulator.report()).toPullAllImages();
  expect(simulator.describe('prod/app')).toContain('Back-off pulling image');
});

test('the registry makes secrets, and fails when it is told to', async () => {
  await using registry = await startRegistry({ world });
  expect(registry.pullSecret('ci')).toMatchObject({ kind: 'Secret' });
  registry.fault({ operation: 'ping', status: 503, times: 1 });
  expect((await fetch(`${registry.url}/v2/`)).status).toBe(503);
  expect((await fetch(`${registry.url}/v2/`)).status).toBe(401);
  expect(registry.requests).toHaveLength(2);
  await registry.reset();
  expect(registry.requests).toHaveLength(0);
});

test('the page shows this world, and nothing that the library has not', () => {
  const page = readFileSync(new URL('../../docs/testing-an-operator.md', import.meta.url), 'utf8');
  const code = readFileSync(new URL(import.meta.url), 'utf8');
  for (const [line] of page.matchAll(/^ *(?:await |expect\(|const report).*(?=;)/gm))
    if (!line.includes('//') && !line.includes('await using')) expect(code).toContain(line.trim());
});
