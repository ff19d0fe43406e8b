import type { Secret } from '../../src/cluster/objects.js';
import type { PodFacts } from '../../src/diagnosis/facts.js';
import {
  account,
  failing,
  login,
  notFound,
  podFacts,
  privateTo,
  publicImage,
  pullSecret,
  rawSecret,
  registry,
  type ScriptedImage,
  type Situation,
} from '../support/facts.js';

/** A state that this rule explains, alone, and the nearest one in which nothing is wrong. */
export interface Scenario {
  readonly broken: PodFacts;
  readonly fixed: PodFacts;
  /** For rules that warn: the broken state pulls all the same. */
  readonly warns?: true;
}

const image = 'reg.io/team/app:1.0';
const app: ScriptedImage = { image, answer: privateTo('ci') };
const hubApp: ScriptedImage = { image: 'acme/app:1', answer: privateTo('ci') };
const good = pullSecret('regcred', { 'reg.io': login('ci') });
const goodHub = pullSecret('regcred', { 'https://index.docker.io/v1/': login('ci') });
const world = [registry('reg.io', { 'team/app': ['1.0', '1.1', '2.0'] }, { users: ['ci', 'bob'] })];

const pod = (situation: Partial<Situation>): PodFacts => podFacts({ images: [app], ...situation });
const withSecret = (secret = good, situation: Partial<Situation> = {}): PodFacts =>
  pod({ list: [secret.metadata.name ?? ''], secrets: [secret], ...situation });
const withKey = (key: string, situation: Partial<Situation> = {}): PodFacts =>
  withSecret(pullSecret('regcred', { [key]: login('ci') }), situation);
const named = (name: string): PodFacts => podFacts({ images: [name] });
const portImage: ScriptedImage = { image: 'reg.io:5000/team/app:1.0', answer: privateTo('ci') };

/** A login of one registry: wrong and right. */
function loginAt(
  host: string,
  wrong: Record<string, unknown>,
  right = login('ci'),
  more: Partial<Situation> = {},
): Scenario {
  const images = [
    {
      image: `${host}/team/app:1.0`,
      answer: privateTo('ci', 'AWS', '_json_key', '$oauthtoken', 'org+ci', 'robot$ci'),
    },
  ];
  const key = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  return {
    broken: withSecret(pullSecret('regcred', { [key]: wrong }), { images, ...more }),
    fixed: withSecret(pullSecret('regcred', { [key]: right }), { images, ...more }),
  };
}

function unreachable(host: string, kind: 'no-such-host' | 'connection-refused' | 'http-on-https'): Scenario {
  const name = `${host}/team/app:1.0`;
  return {
    broken: podFacts({
      images: [{ image: name, answer: failing({ kind, host, url: `https://${host}/v2/` }) }],
    }),
    fixed: named(name),
  };
}

const answered = (failure: Parameters<typeof failing>[0]): Scenario => ({
  broken: podFacts({ images: [{ image, answer: failing(failure) }] }),
  fixed: named(image),
});

const without = (secret: Secret, field: 'namespace'): Secret => {
  const { [field]: _, ...metadata } = secret.metadata;
  return { ...secret, metadata };
};

const provider = (pattern: string, ...requiredAnnotations: readonly string[]) => ({
  name: 'reg-provider',
  matchImages: [pattern],
  requiredAnnotations,
});

const ofHelm = (secret: Secret): Secret => ({
  ...secret,
  metadata: { ...secret.metadata, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
});

/** As YAML joins the lines of a plain value. */
const wrappedLines = (secret: Secret): Secret => ({
  ...secret,
  data: Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, value.replace(/(.{20})/, '$1 ')]),
  ),
});

/** `reg.io` where this user may push and only `ci` pull. */
const pushers = (user: string) => {
  const declared = registry('reg.io', { 'team/app': ['1.0'] }, { users: ['ci'] });
  return {
    ...declared,
    users: ['ci', user],
    repositories: declared.repositories.map((repository) => ({ ...repository, pushers: [user] })),
  };
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  NAME00: { broken: named('reg.io/team/'), fixed: named('reg.io/team/app:1.0') },
  NAME01: { broken: named('https://reg.io/Team/app:1.0'), fixed: named('reg.io/team/app:1.0') },
  NAME02: { broken: named('reg.io/Team/App:1.0'), fixed: named('reg.io/team/app:1.0') },
  NAME03: { broken: named('reg.io/team/app:{{ .Values.tag }}'), fixed: named('reg.io/team/app:1.0') },
  NAME04: {
    broken: podFacts({ images: [{ image: 'reg.io/team/app:1.O', answer: notFound }], registries: world }),
    fixed: named(image),
  },
  NAME05: {
    broken: podFacts({ images: [{ image: 'k8s.gcr.io/pause:3.9', answer: notFound }] }),
    fixed: named('registry.k8s.io/pause:3.9'),
  },
  NAME06: {
    broken: podFacts({
      images: [{ image: 'app:1.0', answer: privateTo() }],
      registries: [registry('docker.io', { 'public library/nginx': ['1.27'] }), ...world],
    }),
    fixed: named(image),
  },
  NAME07: {
    broken: podFacts({
      images: [{ image: 'mirror.io/nginx:1.27', answer: notFound }],
      registries: [registry('mirror.io', { 'public library/nginx': ['1.27'] })],
    }),
    fixed: named('mirror.io/library/nginx:1.27'),
  },
  NAME08: {
    broken: podFacts({
      images: [{ image: 'myregistry/team/tool:1', answer: privateTo() }],
      registries: [registry('docker.io', {}), registry('myregistry:5000', {})],
    }),
    fixed: named('myregistry:5000/team/tool:1'),
  },
  NAME09: {
    broken: named(`reg.io/app:sha256:${'a'.repeat(64)}`),
    fixed: named(`reg.io/app@sha256:${'a'.repeat(64)}`),
  },
  NAME10: {
    broken: podFacts({
      images: [{ image: `reg.io/team/app@sha256:${'a'.repeat(64)}`, answer: notFound }],
      registries: world,
    }),
    fixed: named(image),
  },
  NAME11: { broken: named('reg.io/team/app: 1.0'), fixed: named(image) },
  NAME12: { broken: named('reg.io/team/app:v1.0+build'), fixed: named(image) },

  NAME13: {
    broken: podFacts({
      images: [{ image: 'tool:1', answer: failing({ kind: 'invalid-reference' }) }],
      node: { runtime: 'cri-o' },
    }),
    fixed: podFacts({ images: [image], node: { runtime: 'cri-o' } }),
  },
  REF01: {
    broken: pod({
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'reg.io': login('ci') }, { namespace: 'ci' })],
    }),
    fixed: withSecret(),
  },
  REF02: { broken: pod({ list: ['regcerd'], secrets: [good] }), fixed: withSecret() },
  KUST01: {
    broken: pod({
      list: ['regcred'],
      secrets: [pullSecret('regcred-5h2k9mtfg4', { 'reg.io': login('ci') })],
    }),
    fixed: withSecret(),
  },
  REF03: { broken: pod({}), fixed: withSecret() },
  REF04: {
    broken: pod({
      list: ['hub'],
      secrets: [good, pullSecret('hub', { 'https://index.docker.io/v1/': login('ci') })],
      serviceAccounts: [account('default', ['regcred'])],
    }),
    fixed: pod({
      list: ['hub', 'regcred'],
      secrets: [good, pullSecret('hub', { 'https://index.docker.io/v1/': login('ci') })],
      serviceAccounts: [account('default', ['regcred'])],
    }),
  },
  REF07: {
    broken: pod({
      secrets: [good],
      serviceAccountName: 'builder',
      serviceAccounts: [account('default', ['regcred']), account('builder', [])],
    }),
    fixed: pod({
      secrets: [good],
      serviceAccountName: 'builder',
      serviceAccounts: [account('default', []), account('builder', ['regcred'])],
    }),
  },
  REF08: {
    broken: pod({
      owner: 'Deployment/web',
      secrets: [good],
      write: (object) => Object.assign(object.spec as object, { imagePullSecrets: [{ name: 'regcred' }] }),
    }),
    fixed: withSecret(good, { owner: 'Deployment/web' }),
  },
  REF10: { broken: pod({ list: [''], secrets: [good] }), fixed: withSecret() },
  REF11: {
    broken: pod({
      secrets: [good],
      serviceAccounts: [
        { metadata: { name: 'default', namespace: 'default' }, secrets: [{ name: 'regcred' }] },
      ],
    }),
    fixed: pod({ secrets: [good], serviceAccounts: [account('default', ['regcred'])] }),
  },

  SEC00: {
    broken: withSecret(pullSecret('regcred', {}, { content: { auths: { 'reg.io': { username: 5 } } } })),
    fixed: withSecret(),
  },
  SEC01: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('ci') }, { type: 'Opaque' })),
    fixed: withSecret(),
  },
  SEC02: {
    broken: withSecret(pullSecret('regcred', {}, { content: { 'reg.io': login('ci') } })),
    fixed: withSecret(
      pullSecret(
        'regcred',
        {},
        {
          content: { 'reg.io': login('ci') },
          type: 'kubernetes.io/dockercfg',
          key: '.dockercfg',
        },
      ),
    ),
  },
  SEC03: {
    broken: pod({
      list: ['regcred'],
      refusedSecrets: [
        {
          secret: pullSecret('regcred', { 'reg.io': login('ci') }, { key: 'dockerconfigjson' }),
          message: 'Secret "regcred" is invalid: data[.dockerconfigjson]: Required value',
        },
      ],
    }),
    fixed: withSecret(),
  },
  SEC04: {
    broken: pod({
      list: ['regcred'],
      refusedSecrets: [
        {
          secret: rawSecret(
            'regcred',
            Buffer.from(JSON.stringify({ auths: { 'reg.io': login('ci') } })).toString('base64'),
          ),
          message: 'Secret "regcred" is invalid: data[.dockerconfigjson]: Invalid value: …',
        },
      ],
    }),
    fixed: withSecret(),
  },
  SEC05: {
    broken: withSecret(
      pullSecret('regcred', {}, { content: { auths: JSON.stringify({ 'reg.io': login('ci') }) } }),
    ),
    fixed: withSecret(),
  },
  SEC06: {
    broken: pod({
      list: ['regcred'],
      refusedSecrets: [
        { secret: rawSecret('regcred', '{"auths":{'), message: 'Secret "regcred" is invalid: …' },
      ],
    }),
    fixed: withSecret(),
  },
  SEC07: {
    broken: withSecret(
      pullSecret('regcred', {}, { content: { auths: { 'reg.io': {} }, credsStore: 'desktop' } }),
    ),
    fixed: withSecret(),
  },
  SEC08: {
    broken: withSecret(
      pullSecret('regcred', {}, { content: { auths: {}, credHelpers: { 'reg.io': 'ecr-login' } } }),
    ),
    fixed: withSecret(),
  },
  SEC09: {
    broken: withSecret(
      pullSecret('regcred', { 'reg.io': { auth: Buffer.from('justatoken').toString('base64') } }),
    ),
    fixed: withSecret(),
  },
  SEC10: { broken: withSecret(pullSecret('regcred', { 'reg.io': { auth: 'ci:pw' } })), fixed: withSecret() },
  SEC11: {
    broken: withSecret(
      pullSecret('regcred', { 'reg.io': { ...login('ci', 'old'), username: 'ci', password: 'pw' } }),
    ),
    fixed: withSecret(),
  },
  SEC12: {
    broken: withSecret(
      pullSecret('regcred', { 'reg.io': { auth: Buffer.from('ci:pw\n').toString('base64') } }),
    ),
    fixed: withSecret(),
  },
  SEC14: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': { identitytoken: 'token' } })),
    fixed: withSecret(),
  },
  SEC17: {
    broken: pod({ list: ['bad', 'regcred'], secrets: [good, pullSecret('bad', { 'x.io': { auth: '%' } })] }),
    fixed: pod({ list: ['other', 'regcred'], secrets: [good, pullSecret('other', { 'x.io': login('x') })] }),
  },
  SEC18: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('ci', '<password>') })),
    fixed: withSecret(),
  },

  REF05: {
    broken: pod({ secrets: [good], accountNow: account('default', ['regcred']) }),
    fixed: withSecret(),
  },
  REF06: {
    broken: withSecret(good, { past: { secretsWereMissing: true, failedFirst: ['app'] } }),
    fixed: withSecret(good, { past: { secretsWereMissing: false, failedFirst: [] } }),
    warns: true,
  },
  REF12: {
    broken: pod({
      secrets: [good, pullSecret('other', { 'x.io': login('x') })],
      serviceAccounts: [account('default', ['other'])],
      replacedServiceAccounts: [account('default', ['regcred'])],
    }),
    fixed: pod({ secrets: [good], serviceAccounts: [account('default', ['regcred'])] }),
  },
  REF14: {
    broken: pod({
      namespace: 'shop',
      list: ['regcred'],
      secrets: [without(pullSecret('regcred', { 'reg.io': login('ci') }), 'namespace')],
    }),
    fixed: pod({
      namespace: 'shop',
      list: ['regcred'],
      secrets: [pullSecret('regcred', { 'reg.io': login('ci') }, { namespace: 'shop' })],
    }),
  },
  EPH01: {
    broken: pod({ images: [{ ...app, kind: 'ephemeralContainer', container: 'debug' }] }),
    fixed: withSecret(good, { images: [{ ...app, kind: 'ephemeralContainer', container: 'debug' }] }),
  },
  VOL01: {
    broken: pod({ images: [{ ...app, kind: 'imageVolume', container: 'data' }] }),
    fixed: withSecret(good, { images: [{ ...app, kind: 'imageVolume', container: 'data' }] }),
  },
  SEC13: {
    broken: pod({
      list: ['regcred'],
      refusedSecrets: [{ secret: wrappedLines(good), message: 'illegal base64 data at input byte 76' }],
    }),
    fixed: withSecret(),
  },
  SEC15: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('ci') }, { type: 'Opaque' }), {
      refusedSecrets: [{ secret: good, message: 'type: Invalid value: field is immutable' }],
    }),
    fixed: withSecret(),
  },
  SEC16: {
    broken: withSecret(
      { ...pullSecret('regcred', { 'reg.io': login('ci', 'old') }), immutable: true },
      { refusedSecrets: [{ secret: good, message: 'data: Forbidden: field is immutable' }] },
    ),
    fixed: withSecret(),
  },

  HELM01: { broken: pod({ list: ['map[name:regcred]'], secrets: [good] }), fixed: withSecret() },
  HELM02: {
    broken: pod({
      owner: 'Job/migrate',
      secrets: [good],
      pullSecretLists: [{ owner: 'Deployment/web', namespace: 'default', names: ['regcred'] }],
      write: (object) => Object.assign(object.metadata as object, { labels: { 'helm.sh/chart': 'web-1.0' } }),
    }),
    fixed: withSecret(good, { owner: 'Job/migrate' }),
  },
  HELM04: {
    broken: withKey('old.io', { registries: [registry('old.io', { 'team/app': ['1.0'] }), ...world] }),
    fixed: withSecret(),
  },
  HELM05: {
    broken: pod({
      list: ['regcred'],
      refusedSecrets: [
        {
          secret: ofHelm(
            rawSecret(
              'regcred',
              Buffer.from(JSON.stringify({ auths: { 'reg.io': login('ci') } })).toString('base64'),
            ),
          ),
          message: 'Secret "regcred" is invalid: data[.dockerconfigjson]: Invalid value: …',
        },
      ],
    }),
    fixed: withSecret(),
  },
  KUST02: {
    broken: withSecret(pullSecret('regcred-5h2k9mtfg4', { 'reg.io': login('ci') }, { type: 'Opaque' })),
    fixed: withSecret(pullSecret('regcred-5h2k9mtfg4', { 'reg.io': login('ci') })),
  },
  SYNC01: {
    broken: pod({
      list: ['regcred'],
      images: [{ image, verdict: 'unknown' }],
      declaredSecrets: [
        {
          namespace: 'default',
          name: 'regcred',
          by: 'ExternalSecret regcred',
          source: { file: 'es.yaml', line: 1 },
        },
      ],
    }),
    fixed: withSecret(),
    warns: true,
  },

  KEY00: { broken: withKey('quay.io'), fixed: withKey('reg.io') },
  KEY01: {
    broken: withKey('registry-1.docker.io', { images: [hubApp] }),
    fixed: withSecret(goodHub, { images: [hubApp] }),
  },
  KEY02: { broken: withSecret(goodHub), fixed: withSecret() },
  KEY03: {
    broken: withKey('reg.io', { images: [portImage] }),
    fixed: withKey('reg.io:5000', { images: [portImage] }),
  },
  KEY04: { broken: withKey('https://reg.io/v2'), fixed: withKey('https://reg.io/v2/') },
  KEY05: { broken: withKey('oci://reg.io'), fixed: withKey('https://reg.io') },
  KEY06: { broken: withKey('reg.io/group-a'), fixed: withKey('reg.io/team') },
  KEY07: { broken: withKey('reg.io/te'), fixed: withKey('reg.io/team'), warns: true },
  KEY08: {
    broken: pod({
      images: [hubApp],
      list: ['stale', 'regcred'],
      secrets: [goodHub, pullSecret('stale', { 'docker.io': login('ci', 'old') })],
    }),
    fixed: withSecret(goodHub, { images: [hubApp] }),
  },
  KEY09: { broken: withKey('REG.io'), fixed: withKey('reg.io') },
  KEY10: {
    broken: withKey('*.example.com', {
      images: [{ image: 'a.b.example.com/team/app:1.0', answer: privateTo('ci') }],
    }),
    fixed: withKey('*.b.example.com', {
      images: [{ image: 'a.b.example.com/team/app:1.0', answer: privateTo('ci') }],
    }),
  },
  KEY11: {
    broken: withKey('mirror.lan', { node: { mirrors: { 'reg.io': ['mirror.lan'] } } }),
    fixed: withKey('reg.io', { node: { mirrors: { 'reg.io': ['mirror.lan'] } } }),
  },

  CRED01: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('ci', 'old') })),
    fixed: withSecret(),
  },
  CRED02: loginAt('1.dkr.ecr.eu-west-1.amazonaws.com', login('AWS', 'old'), login('AWS')),
  CRED03: loginAt('reg.io', login('robot', 'old'), login('robot$ci'), {
    registries: [registry('reg.io', { 'team/app': ['1.0'] }, { users: ['robot$ci'] })],
  }),
  CRED04: loginAt('ghcr.io', login('ci', 'old')),
  CRED05: loginAt('registry.gitlab.com', login('ci', 'old')),
  CRED06: loginAt('acme.azurecr.io', login('ci', 'old')),
  CRED07: loginAt('europe-docker.pkg.dev', login('ci', 'old'), login('_json_key')),
  CRED08: loginAt('quay.io', login('ci', 'old'), login('org+ci')),
  CRED09: loginAt('docker.io', login('ci@example.com', 'old')),
  CRED12: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('bob') }), { registries: [pushers('bob')] }),
    fixed: withSecret(),
  },
  CRED13: {
    broken: withSecret(good, {
      images: [
        {
          image,
          answer: failing({
            kind: 'status',
            status: 403,
            host: 'reg.io',
            url: 'https://reg.io/v2/',
            anonymous: false,
          }),
        },
      ],
      registries: world,
    }),
    fixed: withSecret(),
  },
  CRED10: { broken: withSecret(pullSecret('regcred', { 'reg.io': login('bob') })), fixed: withSecret() },
  CRED11: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('ci', 'old') }), {
      images: [{ image, answer: publicImage }],
      registries: [registry('reg.io', { 'public team/app': ['1.0'] }, { users: ['ci'] })],
    }),
    fixed: pod({ images: [{ image, answer: publicImage }] }),
  },
  CRED14: {
    broken: withSecret(pullSecret('regcred', { 'reg.io': login('ci', '"pw"') })),
    fixed: withSecret(),
  },
  CRED15: loginAt('nvcr.io', login('ci', 'old'), login('$oauthtoken')),

  IMG01: answered({ kind: 'no-platform', wanted: 'linux/amd64', offered: ['linux/arm64'] }),
  IMG02: answered({ kind: 'no-platform', wanted: 'linux/amd64', offered: ['unknown/unknown'] }),
  IMG03: answered({
    kind: 'unsupported-manifest',
    mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  }),
  IMG04: answered({ kind: 'unsupported-manifest', mediaType: 'application/vnd.cncf.helm.config.v1+json' }),
  IMG05: answered({ kind: 'content-not-found', digest: 'sha256:abc' }),
  IMG06: answered({ kind: 'status', status: 429, host: 'reg.io', url: 'https://reg.io/', anonymous: true }),
  IMG07: {
    broken: podFacts({ images: [image], past: { secretsWereMissing: false, failedFirst: ['app'] } }),
    fixed: podFacts({ images: [image], past: { secretsWereMissing: false, failedFirst: [] } }),
    warns: true,
  },
  IMG08: {
    broken: ((facts: PodFacts): PodFacts => ({
      ...facts,
      images: facts.images.map((one) => ({
        ...one,
        verdict: 'failed',
        reason: 'SignatureValidationFailed',
        attempts: [{ credential: null, failure: { kind: 'other' } }],
      })),
    }))(named(image)),
    fixed: named(image),
  },

  NET00: unreachable('reg.io', 'no-such-host'),
  NET01: unreachable('reg.io:5000', 'http-on-https'),
  NET02: answered({ kind: 'tls', problem: 'unknown-authority', host: 'reg.io', url: 'https://reg.io/v2/' }),
  NET03: unreachable('localhost:5000', 'connection-refused'),
  NET04: {
    broken: withSecret(good, {
      images: [
        {
          image,
          answer: failing({
            kind: 'status',
            status: 401,
            host: 'mirror.lan',
            url: 'https://mirror.lan/',
            anonymous: false,
          }),
        },
      ],
      node: { mirrors: { 'reg.io': ['mirror.lan'] } },
    }),
    fixed: withSecret(),
  },
  NET05: answered({
    kind: 'token-refused',
    realm: 'https://old.reg.io/token',
    status: null,
    anonymous: true,
  }),
  NET07: unreachable('registry.default.svc:5000', 'no-such-host'),
  NET08: answered({ kind: 'status', status: 503, host: 'reg.io', url: 'https://reg.io/', anonymous: true }),

  NODE02: {
    broken: pod({ images: [{ image, verdict: 'present' }], registries: world, node: { images: [image] } }),
    fixed: withSecret(good, { images: [{ image, verdict: 'present' }], registries: world }),
    warns: true,
  },
  NODE03: {
    broken: pod({ node: { images: [image] } }),
    fixed: withSecret(good, { node: { images: [image] } }),
  },
  NODE04: {
    broken: podFacts({ images: [{ image, policy: 'Never' }] }),
    fixed: podFacts({ images: [{ image, policy: 'IfNotPresent' }] }),
  },
  NODE05: {
    broken: podFacts({
      images: [{ image: 'team/tool', answer: privateTo() }],
      node: { images: ['docker.io/team/tool:latest'] },
    }),
    fixed: podFacts({
      images: [{ image: 'team/tool', policy: 'IfNotPresent', verdict: 'present' }],
      node: { images: ['docker.io/team/tool:latest'] },
    }),
  },
  NODE06: {
    broken: podFacts({
      images: [{ image: 'team/tool:1', policy: 'Always', answer: privateTo() }],
      node: { images: ['docker.io/team/tool:1'] },
      alwaysPullImages: true,
    }),
    fixed: podFacts({
      images: [{ image: 'team/tool:1', policy: 'IfNotPresent', verdict: 'present' }],
      node: { images: ['docker.io/team/tool:1'] },
    }),
  },
  NODE07: {
    broken: pod({ node: { providers: [provider('reg.io:5000')] } }),
    fixed: withSecret(good, { node: { providers: [provider('reg.io')] } }),
  },
  NODE08: {
    broken: pod({ node: { providers: [provider('reg.io', 'reg.io/role')] } }),
    fixed: withSecret(good, { node: { providers: [provider('reg.io')] } }),
  },
  PULL00: answered({ kind: 'other' }),
};
