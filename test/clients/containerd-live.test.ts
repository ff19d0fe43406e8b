import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JournalEntry } from '../../src/access/journal.js';
import { parsePlatform } from '../../src/image/platform.js';
import { type RunningRegistry, startRegistry, type WorldDocument } from '../../src/index.js';
import { createContainerd } from '../../src/runtime/containerd.js';
import { hostsDirectoryAt } from '../../src/runtime/hosts-directory.js';
import type { Runtime } from '../../src/runtime/pull.js';
import { startContainerd } from '../support/containerd.js';
import { type CriAuth, type CriImages, type CriOutcome, connectCri } from '../support/cri-images.js';
import { describeWith } from '../support/installed.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const alice = { username: 'alice', password: 'alice-password' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const platforms = [`linux/${process.arch === 'x64' ? 'amd64' : process.arch}`];
const tags = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { platforms }]));

/** Repositories under `broken/`, each with a fault of its own. */
const faults = {
  'manifest-400': { operation: 'manifest', status: 400 },
  'manifest-403': { operation: 'manifest', status: 403, code: 'DENIED', message: 'your address is blocked' },
  'manifest-404-get': { operation: 'manifest', method: 'GET', status: 404 },
  'manifest-429': { operation: 'manifest', status: 429, code: 'TOOMANYREQUESTS', retryAfterSeconds: 1 },
  'manifest-429-once': { operation: 'manifest', status: 429, times: 1 },
  'manifest-429-get': {
    operation: 'manifest',
    method: 'GET',
    status: 429,
    code: 'TOOMANYREQUESTS',
    message: 'You have reached your pull rate limit',
  },
  'manifest-500': { operation: 'manifest', status: 500 },
  'manifest-502': { operation: 'manifest', status: 502 },
  'manifest-503': { operation: 'manifest', status: 503 },
  'manifest-cut': { operation: 'manifest', kind: 'cut' },
  'manifest-digest': { operation: 'manifest', method: 'GET', kind: 'wrong-digest' },
  'blob-403': { operation: 'blob', status: 403, code: 'DENIED' },
  'blob-404': { operation: 'blob', status: 404 },
  'blob-500': { operation: 'blob', status: 500 },
  'blob-digest': { operation: 'blob', kind: 'wrong-digest' },
  'blob-short': { operation: 'blob', kind: 'short-body', bytes: 20 },
  'blob-cut': { operation: 'blob', kind: 'cut' },
  'token-expired': { operation: 'manifest', kind: 'expired-token' },
} as const;

const world: Partial<WorldDocument> = {
  registries: [
    {
      host: 'registry.example.com',
      users: [alice, { name: 'bob', password: 'bob-password' }].map(({ password, ...user }) => ({
        name: 'username' in user ? user.username : user.name,
        password,
      })),
      access: [{ users: ['alice'], repositories: ['**'], actions: ['pull'] }],
      repositories: [
        { name: 'public/app', visibility: 'public', tags: tags('v1', 'v2', 'v3', 'v4') },
        { name: 'team/app', tags: tags('v1', 'v2', 'v3', 'v4', 'v5') },
        {
          name: 'public/foreign',
          visibility: 'public',
          tags: { s390x: { platforms: ['linux/s390x'] } },
        },
        ...Object.keys(faults).map((name) => ({
          name: `broken/${name}`,
          visibility: 'public' as const,
          tags: tags('v1'),
        })),
      ],
      faults: Object.entries(faults).map(([name, fault]) => ({ ...fault, repository: `broken/${name}` })),
    },
    {
      host: 'docker.io',
      repositories: [{ name: 'library/nginx', visibility: 'public', tags: tags('latest') }],
    },
    {
      host: 'basic.example.com:8443',
      auth: 'basic',
      users: [{ name: 'alice', password: 'alice-password' }],
      repositories: [{ name: 'team/app', tags: tags('v1') }],
    },
    { host: 'open.example.com', auth: 'none', repositories: [{ name: 'team/app', tags: tags('v1', 'v2') }] },
    {
      host: 'limited.example.com',
      auth: 'none',
      limits: { pulls: { limit: 2, per: 'address' } },
      repositories: [{ name: 'team/app', tags: tags('v1', 'v2') }],
    },
    {
      host: 'tokens.example.com',
      faults: [{ operation: 'token', status: 503 }],
      repositories: [{ name: 'team/app', visibility: 'public', tags: tags('v1') }],
    },
  ],
};

interface Pull {
  readonly image: string;
  readonly auth?: CriAuth;
}

/** Pulls in this order, on one node; `REGISTRY` is the address of the server, `CLOSED` one where nobody listens. */
const pulls: Readonly<Record<string, Pull>> = {
  'a public image': { image: 'registry.example.com/public/app:v1' },
  'a public image again': { image: 'registry.example.com/public/app:v1' },
  'a short name of Docker Hub': { image: 'nginx' },
  'a private image': { image: 'registry.example.com/team/app:v1', auth: alice },
  'a private image with base64 credentials': {
    image: 'registry.example.com/team/app:v2',
    auth: { auth: base64('alice:alice-password') },
  },
  'a private image without credentials': { image: 'registry.example.com/team/app:v3' },
  'a private image with a wrong password': {
    image: 'registry.example.com/team/app:v3',
    auth: { username: 'alice', password: 'wrong' },
  },
  'a private image of a user without access': {
    image: 'registry.example.com/team/app:v3',
    auth: { username: 'bob', password: 'bob-password' },
  },
  'a private image with an identity token that is none': {
    image: 'registry.example.com/team/app:v3',
    auth: { identityToken: 'nonsense' },
  },
  'a private image with credentials for another server': {
    image: 'registry.example.com/team/app:v3',
    auth: { ...alice, serverAddress: 'https://other.example.com' },
  },
  'a private image with broken base64': { image: 'registry.example.com/team/app:v3', auth: { auth: '%%%' } },
  'a private image with a user and no password': {
    image: 'registry.example.com/team/app:v3',
    auth: { username: 'alice' },
  },
  'a public image with a wrong password': {
    image: 'registry.example.com/public/app:v2',
    auth: { username: 'alice', password: 'wrong' },
  },
  'a missing tag': { image: 'registry.example.com/public/app:nope' },
  'a missing repository': { image: 'registry.example.com/public/nope:v1' },
  'a missing repository with credentials': { image: 'registry.example.com/team/nope:v1', auth: alice },
  'an image by digest': { image: 'open.example.com/team/app@DIGEST' },
  'an image by tag and digest': { image: 'open.example.com/team/app:nope@DIGEST' },
  'a missing digest': { image: `open.example.com/team/app@sha256:${'0'.repeat(64)}` },
  'an image of another platform': { image: 'registry.example.com/public/foreign:s390x' },
  'an image by basic authentication': { image: 'basic.example.com:8443/team/app:v1', auth: alice },
  'an image by basic authentication without credentials': { image: 'basic.example.com:8443/team/app:v1' },
  'an image by basic authentication with a wrong password': {
    image: 'basic.example.com:8443/team/app:v1',
    auth: { username: 'alice', password: 'wrong' },
  },
  'an image of a registry without authentication': { image: 'open.example.com/team/app:v1', auth: alice },
  'an image within the pull limit': { image: 'limited.example.com/team/app:v1' },
  'an image beyond the pull limit': { image: 'limited.example.com/team/app:v2' },
  'an image whose token server is down': { image: 'tokens.example.com/team/app:v1' },
  'an image whose token server is down, with credentials': {
    image: 'tokens.example.com/team/app:v1',
    auth: alice,
  },
  'an image of a loopback address': { image: 'REGISTRY/public/app:v3' },
  'a private image of a loopback address': { image: 'REGISTRY/team/app:v4', auth: alice },
  'an image of a loopback address where nobody listens': { image: 'CLOSED/public/app:v1' },
  'an image whose mirror is down': { image: 'mirrored.example.com/public/app:v4' },
  'a name with upper case': { image: 'registry.example.com/Public/App:v1' },
  'a name that is none': { image: 'registry.example.com/public/app:' },
  ...Object.fromEntries(
    Object.keys(faults).map((name) => [
      `an image with the fault ${name}`,
      { image: `registry.example.com/broken/${name}:v1` },
    ]),
  ),
};

/** What a pull came to, in words that both sides can be held to. */
interface Story {
  readonly outcome: CriOutcome;
  readonly requests: readonly string[];
}

describeWith(['containerd'], 'containerd 1.6.20 and its simulation', () => {
  let folder: TemporaryFolder;
  const stories = { real: new Map<string, Story>(), simulated: new Map<string, Story>() };
  beforeAll(async () => {
    folder = await temporaryFolder();
    {
      await using registry = await startRegistry({ world });
      const hosts = writeHosts(join(folder.path, 'real'), registry);
      await using containerd = await startContainerd(folder.path, { criHosts: hosts });
      using images = connectCri(containerd.socket);
      await pullAll(images.pullImage, registry, stories.real);
    }
    await using registry = await startRegistry({ world });
    const runtime = createContainerd({
      release: 'containerd-1.6',
      platform: parsePlatform(platforms[0] ?? ''),
      hosts: hostsDirectoryAt(writeHosts(join(folder.path, 'simulated'), registry)),
      now: () => new Date(),
    });
    await pullAll(pullWith(runtime), registry, stories.simulated);
    runtime.close();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  for (const name of Object.keys(pulls)) {
    test(`agree on ${name}`, () => {
      const [real, simulated] = [stories.real.get(name), stories.simulated.get(name)];
      expect(real).toBeDefined();
      expect(simulated).toEqual(real);
    });
  }

  test('have seen images pulled and refused', () => {
    const outcomes = [...stories.real.values()].map(({ outcome }) => outcome.ok);
    expect(outcomes.filter((ok) => ok).length).toBeGreaterThan(10);
    expect(outcomes.filter((ok) => !ok).length).toBeGreaterThan(25);
  });
});

/** Every name leads to the one server by plain HTTP; `mirrored` has a mirror that is down before it. */
function writeHosts(folder: string, { port }: RunningRegistry): string {
  const table = (address: string) => `[host."http://${address}"]\n  capabilities = ["pull", "resolve"]\n`;
  const server = `127.0.0.1:${port}`;
  const write = (host: string, mirrors: readonly string[]) => {
    mkdirSync(join(folder, host), { recursive: true });
    const text = `server = "http://${server}"\n${mirrors.map(table).join('')}`;
    writeFileSync(join(folder, host, 'hosts.toml'), text);
  };
  for (const { host } of world.registries ?? []) write(host, [server]);
  write('mirrored.example.com', [closed, server]);
  return folder;
}

/** A port that only root may listen on, and nobody does. */
const closed = '127.0.0.1:1';

async function digestAt({ url }: RunningRegistry): Promise<string> {
  const response = await fetch(`${url}/v2/team/app/manifests/v2?ns=open.example.com`, { method: 'HEAD' });
  return response.headers.get('docker-content-digest') ?? 'none';
}

type PullImage = CriImages['pullImage'];

const pullWith =
  (runtime: Runtime): PullImage =>
  async (image, auth) => {
    const result = await runtime.pull(image, { auth });
    if (result.ok) return { ok: true, imageRef: result.imageRef };
    return { ok: false, code: result.code, description: result.description };
  };

async function pullAll(
  pullImage: PullImage,
  registry: RunningRegistry,
  stories: Map<string, Story>,
): Promise<void> {
  const address = `127.0.0.1:${registry.port}`;
  const names: Readonly<Record<string, string>> = {
    REGISTRY: address,
    CLOSED: closed,
    DIGEST: await digestAt(registry),
  };
  for (const [name, { image, auth }] of Object.entries(pulls)) {
    const before = registry.requests.length;
    const spelled = image.replace(/REGISTRY|CLOSED|DIGEST/, (word) => names[word] ?? '');
    const outcome = await pullImage(spelled, auth ?? null);
    const requests = registry.requests.slice(before);
    const text = JSON.stringify({ outcome, requests: requests.map(printRequest) }).replaceAll(
      address,
      'REGISTRY',
    );
    stories.set(name, inOneOrder(JSON.parse(text) as Story));
  }
}

const printRequest = ({ method, url, status, authentication, identity, registry }: JournalEntry) =>
  `${method} ${registry} ${url} as ${identity} by ${authentication}: ${status}`;

/**
 * Config and layer are fetched side by side: which comes first differs from pull to pull, also in containerd alone. Where
 * one of them fails, it is the first, and the other may not be asked for any more.
 */
function inOneOrder({ outcome, requests }: Story): Story {
  const isBlob = (request: string) => request.includes('/blobs/');
  const others = requests.filter((request) => !isBlob(request));
  const blobs = requests.filter(isBlob).sort();
  if (outcome.ok || blobs.length === 0) return { outcome, requests: [...others, ...blobs] };
  const one = (text: string) => text.replace(/sha256:[0-9a-f]{64}/g, 'sha256:…');
  return {
    outcome: { ...outcome, description: describeOne(one(outcome.description)) },
    requests: [...others, ...new Set(blobs.map(one))],
  };
}

/** What a descriptor is, beside its digest. */
const describeOne = (description: string) =>
  description.replace(/application\/vnd\.oci\.image\.(config\.v1\+json|layer\.v1\.tar\+gzip)/g, 'blob');
