import { describe, expect, test } from 'vitest';
import { check } from '../../src/world/check.js';

const world = {
  registries: [
    {
      host: 'docker.io',
      users: [{ name: 'acme-ci', password: 'hub-access-token' }],
      repositories: [
        { name: 'library/nginx', visibility: 'public' as const, tags: { latest: {}, '1.27': {} } },
        {
          name: 'acme/payments',
          tags: { '1.4': {} },
          digests: [`sha256:${'ab'.repeat(32)}`],
        },
      ],
    },
    {
      host: 'myprivateregistry.com:5000',
      auth: 'basic' as const,
      users: [{ name: 'dock_user', password: 'dock_password' }],
      repositories: [{ name: 'nginx', tags: { alpine: {} } }],
    },
  ],
};

const now = new Date('2026-11-23T10:00:00.500Z');

const pod = (image: string, more: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'app', image, ...more }], ...spec },
});

const pullSecret = (server: string, username: string, password: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'regcred' },
  type: 'kubernetes.io/dockerconfigjson',
  stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [server]: { username, password } } }) },
});

const withSecret = { imagePullSecrets: [{ name: 'regcred' }] };

async function checkOne(manifests: object[], options: object = {}) {
  const report = await check({ manifests, world, now, ...options });
  const [first] = report.pods;
  if (first === undefined) throw new Error('no pod was judged');
  return { report, pod: first, image: first.images[0]! };
}

describe('a pod whose image is pulled', () => {
  test('runs, and leaves the events of a real node', async () => {
    const { report, pod: judged, image } = await checkOne([pod('nginx:1.27')]);
    expect(report.summary).toMatchObject({ pods: 1, images: 1, pulled: 1, failed: 0 });
    expect(judged).toMatchObject({
      namespace: 'default',
      name: 'web',
      owner: null,
      node: 'node-1',
      phase: 'Running',
      status: 'Running',
      ready: '1/1',
    });
    expect(image).toMatchObject({
      image: 'nginx:1.27',
      reference: 'docker.io/library/nginx:1.27',
      pullPolicy: 'IfNotPresent',
      verdict: 'pulled',
      reason: null,
      message: null,
    });
    expect(judged.events.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      'Scheduled: Successfully assigned default/web to node-1',
      'Pulling: Pulling image "nginx:1.27"',
      expect.stringMatching(
        /^Pulled: Successfully pulled image "nginx:1\.27" in 1s \(1s including waiting\)\. Image size: \d+ bytes\.$/,
      ),
      'Created: Container created',
      'Started: Container started',
    ]);
  });

  test('shows the real names of Docker Hub in every exchange', async () => {
    const { image } = await checkOne([pod('nginx')]);
    const [attempt] = image.attempts;
    expect(attempt?.credential).toEqual({ source: 'anonymous' });
    expect(attempt?.exchanges.slice(0, 3)).toEqual([
      {
        method: 'HEAD',
        url: 'https://registry-1.docker.io/v2/library/nginx/manifests/latest',
        status: 401,
        authorization: 'none',
      },
      {
        method: 'GET',
        url: 'https://auth.docker.io/token?scope=repository%3Alibrary%2Fnginx%3Apull&service=registry.docker.io',
        status: 200,
        authorization: 'none',
      },
      {
        method: 'HEAD',
        url: 'https://registry-1.docker.io/v2/library/nginx/manifests/latest',
        status: 200,
        authorization: 'Bearer ***',
      },
    ]);
  });

  test('names the credential that was used, without its password', async () => {
    const { report, image } = await checkOne([
      pullSecret('https://index.docker.io/v1/', 'acme-ci', 'hub-access-token'),
      pod('acme/payments:1.4', {}, withSecret),
    ]);
    expect(image.verdict).toBe('pulled');
    expect(image.attempts.map(({ credential }) => credential)).toEqual([
      {
        source: 'secret',
        secret: 'default/regcred',
        key: 'https://index.docker.io/v1/',
        username: 'acme-ci',
      },
    ]);
    expect(JSON.stringify(report)).not.toContain('hub-access-token');
  });

  test('uses an image that the node holds', async () => {
    const { image, pod: judged } = await checkOne([pod('nginx:1.27')], {
      world: { ...world, nodes: [{ name: 'warm', images: ['nginx:1.27'] }] },
    });
    expect(image).toMatchObject({ verdict: 'present', attempts: [] });
    expect(judged.node).toBe('warm');
    expect(judged.events.map(({ reason }) => reason)).toEqual(['Scheduled', 'Pulled', 'Created', 'Started']);
  });
});

describe('a pod whose image is refused', () => {
  test('backs off, with the text of the last sync that tried', async () => {
    const { pod: judged, image, report } = await checkOne([pod('myprivateregistry.com:5000/nginx:alpine')]);
    const text =
      'failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": failed to resolve image: ' +
      'pull access denied, repository does not exist or may require authorization: ' +
      'authorization failed: no basic auth credentials';
    expect(judged).toMatchObject({ phase: 'Pending', status: 'ImagePullBackOff', ready: '0/1' });
    expect(image).toMatchObject({ verdict: 'failed', reason: 'ErrImagePull', message: text });
    expect(report.summary.failed).toBe(1);
    expect(judged.events.map(({ reason, count, atSeconds }) => [reason, count, atSeconds])).toEqual([
      ['Scheduled', 1, 0],
      ['Pulling', 2, 13],
      ['Failed', 2, 13],
      ['Failed', 2, 13],
      ['BackOff', 2, 26],
      ['Failed', 2, 26],
    ]);
    expect(judged.findings.map(({ rule }) => rule)).toEqual(['REF03']);
  });

  test('is judged alone: another pod that has the image changes nothing', async () => {
    const secret = pullSecret('myprivateregistry.com:5000', 'dock_user', 'dock_password');
    const named = (name: string, spec: object) => ({
      ...pod('myprivateregistry.com:5000/nginx:alpine', {}, spec),
      metadata: { name },
    });
    const { report } = await checkOne([secret, named('with', withSecret), named('without', {})]);
    expect(report.pods.map(({ images }) => images[0]?.verdict)).toEqual(['pulled', 'failed']);
  });
});

describe('what cannot be known is not guessed', () => {
  test('an undeclared registry', async () => {
    const { pod: judged, image } = await checkOne([pod('quay.io/team/app:1')]);
    expect(judged).toMatchObject({ status: 'Unknown', findings: [] });
    expect(image).toMatchObject({
      verdict: 'unknown',
      reason: null,
      message: expect.stringContaining('registry "quay.io" is not in the world'),
    });
    expect(judged.events.map(({ reason }) => reason)).toEqual(['Scheduled']);
  });

  test('an undeclared registry is answered for one run', async () => {
    const secret = pullSecret('quay.io', 'anybody', 'whatever');
    const verdicts = async (undeclared: 'public' | 'private') => {
      const named = (name: string, spec: object) => ({
        ...pod('quay.io/team/app:1', {}, spec),
        metadata: { name },
      });
      const { report } = await checkOne([secret, named('with', withSecret), named('without', {})], {
        world: { ...world, undeclared },
      });
      return report.pods.map(({ images }) => images[0]?.verdict);
    };
    expect(await verdicts('public')).toEqual(['pulled', 'pulled']);
    expect(await verdicts('private')).toEqual(['pulled', 'failed']);
  });

  test('a digest whose content nobody gave, up to authorisation', async () => {
    const secret = pullSecret('https://index.docker.io/v1/', 'acme-ci', 'hub-access-token');
    const digest = `acme/payments@sha256:${'cd'.repeat(32)}`;
    expect((await checkOne([pod(digest)])).image.verdict).toBe('failed');
    expect((await checkOne([secret, pod(digest, {}, withSecret)])).image).toMatchObject({
      verdict: 'unknown',
      message: expect.stringContaining('nobody gave the content of docker.io/acme/payments@sha256:cdcd'),
    });
  });

  test('a digest that the world lists counts as pulled', async () => {
    const secret = pullSecret('https://index.docker.io/v1/', 'acme-ci', 'hub-access-token');
    const { image, pod: judged } = await checkOne([
      secret,
      pod(`acme/payments@sha256:${'ab'.repeat(32)}`, {}, withSecret),
    ]);
    expect(image).toMatchObject({ verdict: 'pulled', contentAssumed: true });
    expect(judged.status).toBe('Running');
  });

  test('beside an image that fails, whose status the pod shows', async () => {
    const both = {
      ...pod('nginx:1.27'),
      spec: {
        containers: [
          { name: 'a', image: 'quay.io/team/app:1' },
          { name: 'b', image: 'acme/payments:1.4' },
        ],
      },
    };
    const { pod: judged } = await checkOne([both]);
    expect(judged).toMatchObject({ status: 'ImagePullBackOff', ready: '0/2' });
    expect(judged.images.map(({ verdict }) => verdict)).toEqual(['unknown', 'failed']);
  });

  test('a secret that only an operator will write', async () => {
    const promised = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'regcred' },
      spec: { target: { name: 'regcred' } },
    };
    const { image, pod: judged } = await checkOne([promised, pod('acme/payments:1.4', {}, withSecret)]);
    expect(image).toMatchObject({
      verdict: 'unknown',
      message: expect.stringContaining('the content of secret "regcred" is not in the files'),
    });
    expect(judged.events.map(({ reason }) => reason)).toEqual(['Scheduled']);
  });

  test('what needs no registry is decided without any world', async () => {
    const report = await check({
      manifests: [
        { ...pod('Nginx'), metadata: { name: 'upper' } },
        { ...pod('nginx', { imagePullPolicy: 'Never' }), metadata: { name: 'never' } },
        { ...pod('nginx'), metadata: { name: 'plain' } },
      ],
      now,
    });
    expect(report.pods.map(({ images }) => [images[0]?.verdict, images[0]?.reason])).toEqual([
      ['failed', 'InvalidImageName'],
      ['failed', 'ErrImageNeverPull'],
      ['unknown', null],
    ]);
  });
});

describe('the network of a node', () => {
  const tls = (state: string) => ({
    registries: [{ ...world.registries[0], tls: state }],
  });
  const textWith = async (state: string) =>
    (await checkOne([pod('nginx:1.27')], { world: tls(state) })).image.message ?? '';
  const head = 'Head "https://registry-1.docker.io/v2/library/nginx/manifests/1.27": ';

  test.each([
    ['unknown-ca', `${head}tls: failed to verify certificate: x509: certificate signed by unknown authority`],
    ['http', `${head}http: server gave HTTP response to HTTPS client`],
    [
      'expired',
      `${head}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: ` +
        'current time 2026-11-23T10:00:00Z is after 2026-11-22T10:00:00Z',
    ],
    [
      'wrong-name',
      `${head}tls: failed to verify certificate: x509: certificate is valid for registry.invalid, not registry-1.docker.io`,
    ],
  ])('tls: %s fails as Go says', async (state, text) => {
    expect(await textWith(state)).toContain(text);
  });
});

describe('ordered trouble', () => {
  test('a fault strikes each pod anew, since each pod is judged alone', async () => {
    const [hub] = world.registries;
    const faulty = {
      registries: [{ ...hub, faults: [{ operation: 'manifest' as const, status: 503, times: 1 }] }],
    };
    const { report } = await checkOne(
      [pod('nginx:1.27'), { ...pod('nginx:1.27'), metadata: { name: 'other' } }],
      { world: faulty },
    );
    // containerd 2.3 repeats a 503 once.
    expect(report.pods.map(({ images }) => images[0]?.verdict)).toEqual(['pulled', 'pulled']);
    expect(
      report.pods.map(({ images }) =>
        images[0]?.attempts[0]?.exchanges.map(({ status }) => status).slice(0, 2),
      ),
    ).toEqual([
      [503, 401],
      [503, 401],
    ]);
  });

  test('a pull limit is reached within one pod', async () => {
    const [hub] = world.registries;
    const limited = { registries: [{ ...hub, limits: { pulls: { limit: 2 } } }] };
    const two = {
      ...pod('nginx:1.27'),
      spec: {
        containers: [
          { name: 'one', image: 'nginx:1.27' },
          { name: 'two', image: 'nginx:latest' },
        ],
      },
    };
    const { pod: judged } = await checkOne([two], { world: limited });
    expect(judged.images.map(({ verdict }) => verdict)).toEqual(['pulled', 'failed']);
    expect(judged.images[1]?.message).toContain('429 Too Many Requests');
  });
});

test('the same input gives the same report, byte for byte', async () => {
  const manifests = [
    pullSecret('myprivateregistry.com:5000', 'dock_user', 'wrong'),
    pod('myprivateregistry.com:5000/nginx:alpine', {}, withSecret),
    { ...pod('nginx:nope'), metadata: { name: 'other' } },
  ];
  const once = async (at: string) => JSON.stringify(await check({ manifests, world, now: new Date(at) }));
  expect(await once('2026-11-23T10:00:00.100Z')).toBe(await once('2026-11-23T10:00:00.900Z'));
});

test('a pod comes once for each node that admits it, in the order of the world', async () => {
  const nodes = [
    { name: 'amd', platform: 'linux/amd64' },
    { name: 'arm', platform: 'linux/arm64', labels: { disk: 'ssd' } },
  ];
  const { report } = await checkOne(
    [
      pod('nginx:1.27'),
      { ...pod('nginx:1.27', {}, { nodeSelector: { disk: 'ssd' } }), metadata: { name: 'ssd' } },
      { ...pod('nginx:1.27', {}, { nodeSelector: { disk: 'none' } }), metadata: { name: 'nowhere' } },
    ],
    { world: { ...world, nodes } },
  );
  expect(report.pods.map(({ name, node, status }) => [name, node, status])).toEqual([
    ['web', 'amd', 'Running'],
    ['web', 'arm', 'Running'],
    ['ssd', 'arm', 'Running'],
    ['nowhere', null, 'Pending'],
  ]);
  expect(report.pods[3]?.events.map(({ reason }) => reason)).toEqual(['FailedScheduling']);
});

test('an object that the API server refuses is told, and the rest is judged', async () => {
  const { report } = await checkOne([
    { ...pod('nginx'), metadata: { name: 'Bad_Name' } },
    { ...pod('nginx:1.27'), metadata: { name: 'good' } },
  ]);
  expect(report.pods[0]).toMatchObject({ status: 'Rejected', phase: null, images: [], node: null });
  expect(report.pods[0]?.rejected?.message).toContain('Invalid value: "Bad_Name"');
  expect(report.pods[1]?.status).toBe('Running');
  expect(report.summary.rejected).toBe(1);
});

test('a secret whose value is no base64 is said to be that', async () => {
  const secret = {
    ...pullSecret('docker.io', 'x', 'y'),
    data: { '.dockerconfigjson': '{{ .Values.hunter2 }}' },
  };
  const { stringData: _, ...broken } = secret as typeof secret & { stringData?: unknown };
  const report = await check({
    manifests: [broken, pod('acme/payments:1.4', {}, { imagePullSecrets: [{ name: 'regcred' }] })],
    world,
    now,
  });
  expect(report.pods[0]?.findings.map(({ rule, message }) => [rule, message])).toEqual([
    ['SEC06', '.dockerconfigjson of secret default/regcred is not base64.'],
  ]);
  expect(JSON.stringify(report)).not.toContain('hunter2');
});

test('every runtime has its own words for the same refusal', async () => {
  const nodes = ['containerd-2.3', 'containerd-1.7', 'containerd-1.6', 'cri-o'].map((runtime, index) => ({
    name: `node-${index}`,
    runtime,
  }));
  const { report } = await checkOne([pod('myprivateregistry.com:5000/nginx:alpine')], {
    world: { ...world, nodes },
  });
  expect(report.pods.map(({ status, images }) => [status, images[0]?.message])).toEqual([
    [
      'ImagePullBackOff',
      'failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": failed to resolve image: pull access ' +
        'denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
    ],
    [
      'ImagePullBackOff',
      'failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": failed to resolve reference ' +
        '"myprivateregistry.com:5000/nginx:alpine": pull access denied, repository does not exist or may require ' +
        'authorization: authorization failed: no basic auth credentials',
    ],
    [
      'ImagePullBackOff',
      'failed to pull and unpack image "myprivateregistry.com:5000/nginx:alpine": failed to resolve reference ' +
        '"myprivateregistry.com:5000/nginx:alpine": pulling from host myprivateregistry.com:5000 failed with status ' +
        'code [manifests alpine]: 401 Unauthorized',
    ],
    [
      'ImagePullBackOff',
      'unable to pull image or OCI artifact: pull image err: initializing source docker://myprivateregistry.com:5000/nginx:alpine: ' +
        'reading manifest alpine in myprivateregistry.com:5000/nginx: unauthorized; artifact err: image reference: get manifest from ref: create image source: ' +
        'reading manifest alpine in myprivateregistry.com:5000/nginx: unauthorized',
    ],
  ]);
});
