import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderJson } from '../../src/report/json.js';
import { renderText } from '../../src/report/text.js';
import { check } from '../../src/world/check.js';
import { compileSource } from '../support/compiled-source.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const host = 'registry.example.com';
const now = new Date('2026-01-01T00:00:00Z');
const world = {
  registries: [
    {
      host,
      users: [{ name: 'alice', password: 'secret' }],
      repositories: [
        { name: 'team/app', tags: { '1.0': {} } },
        { name: 'team/web', visibility: 'public' as const, tags: { '1.27': {} } },
      ],
    },
  ],
};

const base64 = (text: string) => Buffer.from(text).toString('base64');
const credentials = { username: 'alice', password: 'secret', auth: base64('alice:secret') };
const anything = fc.jsonValue({ maxDepth: 2 });
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ufeff',
    '$(IMAGE)',
    '%zz',
    '../..',
    ':',
    '@',
    '*',
    '[::1]:5000',
    'a'.repeat(300),
  ),
);

/** Registry keys and credentials as people and programs get them wrong. */
const entry = fc.oneof(
  fc.constant(credentials),
  fc.record({ auth: fc.oneof(hostileText, hostileText.map(base64), anything) }),
  fc.record({ username: fc.oneof(hostileText, anything), password: fc.oneof(hostileText, anything) }),
  anything,
);
const registryKey = fc.oneof(
  hostileText,
  fc.constantFrom(
    host,
    `https://${host}/v1/`,
    '*.example.com',
    `${host}/team`,
    'https://%zz',
    '[',
    `${host}:443`,
  ),
);
const config = fc.oneof(
  fc.dictionary(registryKey, entry, { maxKeys: 4 }).map((auths) => JSON.stringify({ auths })),
  anything.map((value) => JSON.stringify(value)),
  hostileText,
);
const secret = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Secret'),
  metadata: fc.constant({ name: 'regcred' }),
  type: fc.oneof(
    { weight: 4, arbitrary: fc.constant('kubernetes.io/dockerconfigjson') },
    fc.constantFrom('kubernetes.io/dockercfg', 'Opaque', ''),
    anything,
  ),
  data: fc.oneof(
    { weight: 6, arbitrary: config.map((text) => ({ '.dockerconfigjson': base64(text) })) },
    config.map((text) => ({ '.dockercfg': base64(text) })),
    hostileText.map((text) => ({ '.dockerconfigjson': text })),
    anything,
  ),
});

const image = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(`${host}/team/app:1.0`, `${host}/team/web:1.27`, 'nginx') },
  hostileText,
  hostileText.map((text) => `${host}/${text}`),
  anything,
);
const container = fc.record({
  name: fc.oneof({ weight: 5, arbitrary: fc.constant('app') }, hostileText),
  image,
  imagePullPolicy: fc.oneof(fc.constantFrom('Always', 'IfNotPresent', 'Never', undefined), anything),
});
const pod = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.oneof({ weight: 5, arbitrary: fc.constant({ name: 'web' }) }, anything),
  spec: fc.record({
    containers: fc.oneof(
      { weight: 8, arbitrary: fc.array(container, { minLength: 1, maxLength: 3 }) },
      anything,
    ),
    initContainers: fc.oneof(fc.constant(undefined), fc.array(container, { maxLength: 1 })),
    imagePullSecrets: fc.oneof({ weight: 5, arbitrary: fc.constant([{ name: 'regcred' }]) }, anything),
    nodeSelector: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, anything),
    restartPolicy: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, hostileText),
  }),
});

/** The same input judged twice: the report, once. */
async function judge(manifests: Parameters<typeof check>[0]['manifests'], at?: string) {
  const options = { manifests, world, now, ...(at !== undefined && { at }) };
  const [first, second] = [await check(options), await check(options)];
  expect(renderJson(second)).toBe(renderJson(first));
  expect(renderText(first)).toMatch(/\n$/);
  return first;
}

describe('whatever is wrong with the input, check answers, twice the same', () => {
  test('for pods and secrets with anything in their fields', async () => {
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(pod, secret, fc.constantFrom(undefined, '0', '20m'), async (web, regcred, at) => {
        const report = await judge([regcred, web], at);
        expect(report.pods.length).toBeLessThanOrEqual(1);
        for (const { images } of report.pods) for (const { verdict } of images) verdicts.add(verdict);
      }),
      { numRuns: 600, seed: 4 },
    );
    // Not all of it is refused before anything is pulled.
    expect([...verdicts].sort()).toEqual(expect.arrayContaining(['failed', 'pulled', 'unknown']));
  });

  test('for YAML that was cut, doubled and scrambled', async () => {
    const text = [
      `apiVersion: v1\nkind: Secret\nmetadata: {name: regcred}\ntype: kubernetes.io/dockerconfigjson`,
      `data: {.dockerconfigjson: ${base64(JSON.stringify({ auths: { [host]: credentials } }))}}`,
      `---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  imagePullSecrets: [{name: regcred}]`,
      `  containers:\n  - name: app\n    image: ${host}/team/app:1.0\n`,
    ].join('\n');
    const place = fc.nat(text.length);
    const edits = fc.array(fc.tuple(place, fc.nat(30), fc.oneof(fc.constant(''), hostileText)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(edits, async (all) => {
        const scrambled = all.reduce(
          (before, [at, length, put]) => before.slice(0, at) + put + before.slice(at + length),
          text,
        );
        await judge(scrambled);
      }),
      { numRuns: 120, seed: 4 },
    );
  });

  test('for any value in place of a manifest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.object({ maxDepth: 3 }), fc.array(fc.object())), async (value) => {
        await judge(value);
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});

test('two processes print the same report, byte for byte', async () => {
  await using folder = await temporaryFolder();
  const compiled = compileSource('world/check.ts', 'report/json.ts');
  try {
    symlinkSync(
      fileURLToPath(new URL('../../node_modules', import.meta.url)),
      join(compiled, 'node_modules'),
    );
    const script = join(compiled, 'judge.mjs');
    const input = { manifests: manyPods(), world };
    writeFileSync(join(folder.path, 'input.json'), JSON.stringify(input));
    writeFileSync(
      script,
      `import { readFileSync } from 'node:fs';
import { check } from './world/check.js';
import { renderJson } from './report/json.js';
const { manifests, world } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
process.stdout.write(renderJson(await check({ manifests, world, now: new Date(0) })));
`,
    );
    const print = (seed: string, zone: string) =>
      spawnSync(process.execPath, [`--hash-seed=${seed}`, script, join(folder.path, 'input.json')], {
        encoding: 'utf8',
        env: { ...process.env, TZ: zone, LANG: 'C' },
      });
    const [one, other] = [print('1', 'UTC'), print('2', 'Asia/Tokyo')];
    expect(one.stderr).toBe('');
    expect(JSON.parse(one.stdout).summary).toMatchObject({ pods: 60, pulled: 20, failed: 40 });
    expect(other.stdout).toBe(one.stdout);
  } finally {
    rmSync(compiled, { recursive: true });
  }
});

/** A third of them finds its secret, a third a wrong one, a third none. */
const manyPods = () => [
  ...['right', 'wrong'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: {
      '.dockerconfigjson': JSON.stringify({
        auths: { [host]: { username: 'alice', password: name === 'right' ? 'secret' : 'wrong' } },
      }),
    },
  })),
  ...Array.from({ length: 60 }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${i}` },
    spec: {
      imagePullSecrets: [{ name: ['right', 'wrong', 'missing'][i % 3] }],
      containers: [{ name: 'app', image: `${host}/team/app:1.0` }],
    },
  })),
];
