import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.js';
import type { PullFailure } from '../../src/wire/pull-failure.js';
import { account, failing, podFacts, rawSecret, registry, type Situation } from '../support/facts.js';

const password = 'Tr0ub4dor-horse';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const host = fc.constantFrom(
  'reg.io',
  'REG.io',
  'reg.io:5000',
  'docker.io',
  'index.docker.io',
  'https://index.docker.io/v1/',
  'https://reg.io/v2',
  'oci://reg.io',
  'reg.io/team',
  'reg.io\n',
  '*.io',
  `user:${password}@reg.io`,
  `user:${password}/x@reg.io`,
  'localhost:5000',
  '',
);

const entry = fc.oneof(
  fc.record(
    {
      username: fc.constantFrom('ci', 'robot', '', `eyJ${'a'.repeat(80)}.b.c`),
      password: fc.constantFrom(password, `${password}\n`, ''),
      auth: fc.constantFrom(
        base64(`ci:${password}`),
        base64(`ci:${password}\n`),
        base64(password),
        `ci:${password}`,
        '',
      ),
      identitytoken: fc.constant(password),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom(null, 5, password),
);

const auths = fc.array(fc.tuple(host, entry), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
const content = fc.oneof(
  auths.map((value) =>
    JSON.stringify({ auths: value, credsStore: 'desktop', credHelpers: { 'reg.io': 'x' } }),
  ),
  auths.map((value) => JSON.stringify(value)),
  auths.map((value) => JSON.stringify({ auths: JSON.stringify(value) })),
  auths.map((value) => base64(JSON.stringify({ auths: value }))),
  fc.constantFrom('', 'null', '[]', '{"auths":', '<base64>', `{"value":"${password}"}`),
);

const secret = fc
  .record({
    name: fc.constantFrom('regcred', 'regcerd', 'hub', 'regcred-5h2k9mtfg4'),
    namespace: fc.constantFrom('default', 'ci'),
    type: fc.constantFrom('kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg', 'Opaque'),
    key: fc.constantFrom('.dockerconfigjson', '.dockercfg', 'config.json'),
    text: content,
  })
  .map(({ name, text, ...options }) => rawSecret(name, text, options));

const at = { host: 'reg.io', url: 'https://reg.io/v2/' };
const failure = fc.constantFrom<PullFailure>(
  { kind: 'insufficient-scope', host: 'reg.io', error: 'insufficient_scope', anonymous: true },
  { kind: 'insufficient-scope', host: 'reg.io', error: 'invalid_token', anonymous: false },
  { kind: 'token-refused', realm: 'https://reg.io/token', status: 401, anonymous: false },
  { kind: 'token-refused', realm: 'https://reg.io/token', status: null, anonymous: true },
  { kind: 'no-basic-credentials', host: 'reg.io' },
  { kind: 'status', status: 401, ...at, anonymous: false },
  { kind: 'status', status: 403, ...at, anonymous: true },
  { kind: 'status', status: 429, ...at, anonymous: true },
  { kind: 'status', status: 404, ...at, anonymous: true },
  { kind: 'status', status: 400, ...at, anonymous: true },
  { kind: 'manifest-not-found', reference: 'x' },
  { kind: 'no-platform', wanted: 'linux/amd64', offered: [] },
  { kind: 'content-mismatch', digest: 'sha256:0' },
  { kind: 'unsupported-manifest', mediaType: '' },
  { kind: 'tls', problem: 'expired', ...at },
  { kind: 'tls', problem: 'other', ...at },
  { kind: 'timeout', ...at },
  { kind: 'connection-closed', ...at },
  { kind: 'invalid-reference' },
  { kind: 'other' },
);

const image = fc.record({
  image: fc.oneof(
    fc.constantFrom(
      'nginx',
      'reg.io/team/app:1.0',
      'reg.io:5000/app',
      'team/app',
      'localhost:5000/app',
      'Reg/app',
    ),
    fc.string({ maxLength: 20 }),
  ),
  policy: fc.constantFrom('Always' as const, 'IfNotPresent' as const, 'Never' as const),
  answer: failure.map(failing),
});

const situation: fc.Arbitrary<Situation> = fc.record({
  images: fc
    .array(image, { minLength: 1, maxLength: 2 })
    .map((images) => images.map((one, index) => ({ ...one, container: `c${index}` }))),
  list: fc.array(fc.constantFrom('regcred', 'regcerd', 'hub', 'gone', ''), { maxLength: 3 }),
  secrets: fc.uniqueArray(secret, {
    maxLength: 4,
    selector: ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
  }),
  serviceAccounts: fc.constantFrom([], [account('default', ['regcred'])], [account('builder', ['hub'])]),
  registries: fc.constantFrom(
    [],
    [registry('reg.io', { 'team/app': ['1.1'] }, { users: ['ci', 'robot$x'] })],
  ),
});

test('whatever is wrong, every failed image gets an error, nothing is given away, and twice the same is said', () => {
  fc.assert(
    fc.property(situation, (given) => {
      const facts = podFacts(given);
      const { findings, explanations } = diagnose(facts);
      for (const [index, { verdict, container }] of facts.images.entries()) {
        const errors = findings.filter(
          (finding) => finding.severity === 'error' && (finding.container ?? container) === container,
        );
        if (verdict === 'failed') expect(errors.length).toBeGreaterThan(0);
        expect(explanations[index] === null).toBe(verdict !== 'failed');
      }
      const told = JSON.stringify(findings);
      expect(told).not.toContain(password);
      expect(told).not.toContain(base64(`ci:${password}`).slice(0, 16));
      expect(diagnose(podFacts(given)).findings).toEqual(findings);
    }),
    { numRuns: 1000 },
  );
});
