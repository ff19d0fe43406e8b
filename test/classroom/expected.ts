/**
 * What a real node would show for the pods of fixtures/classroom, derived by hand from kubelet.md (§1.5, §3.1, §6.3, §6.4,
 * §6.6) and runtime.md (§10), not from our output.
 *
 * Syncs come at 0 s, 1 s, 13.5 s and 26 s; events have whole seconds. A failing pull is tried at 0 s and at 13.5 s (the
 * back-off of 10 s begins at 0 s), and both tries give the same text, so the pod is reported at the next sync, 26 s.
 * Failures without back-off repeat at every sync and are reported at the third one.
 */
export interface ExpectedPod {
  readonly status: string;
  readonly phase: 'Pending' | 'Running';
  readonly ready: string;
  /** By container, in the order in which the kubelet comes to them. */
  readonly images: readonly ExpectedImage[];
  readonly events: readonly ExpectedEvent[];
  /** Rule and severity of each explanation. */
  readonly findings: readonly string[];
}

export interface ExpectedImage {
  readonly container: string;
  readonly reference: string | null;
  readonly verdict: 'pulled' | 'present' | 'failed' | 'blocked';
  readonly reason: string | null;
  readonly message: string | RegExp | null;
  /** `anonymous`, `user of ns/secret`, or `-` when nothing was pulled. */
  readonly credential: string;
}

/** Type, reason, fieldPath, message, count, first and last second. */
export type ExpectedEvent = readonly [
  'Normal' | 'Warning',
  string,
  string | undefined,
  string | RegExp,
  number,
  number,
  number,
];

interface Image {
  readonly container: string;
  /** As written in the manifest. */
  readonly image: string;
  /** Fully qualified; as written when it is that already. */
  readonly reference?: string;
  readonly init?: true;
}

const path = ({ container, init }: Image): string =>
  `spec.${init ? 'initContainers' : 'containers'}{${container}}`;

const scheduled = (pod: string): ExpectedEvent => [
  'Normal',
  'Scheduled',
  undefined,
  `Successfully assigned ${pod} to node-1`,
  1,
  0,
  0,
];

const pulledEvents = (image: Image, at = 0): ExpectedEvent[] => [
  ['Normal', 'Pulling', path(image), `Pulling image "${image.image}"`, 1, at, at],
  [
    'Normal',
    'Pulled',
    path(image),
    new RegExp(
      `^Successfully pulled image "${image.image.replaceAll('.', '\\.')}" in 1s \\(1s including waiting\\)\\. Image size: \\d+ bytes\\.$`,
    ),
    1,
    at,
    at,
  ],
  ['Normal', 'Created', path(image), 'Container created', 1, at, at],
  ['Normal', 'Started', path(image), 'Container started', 1, at, at],
];

const pulled = (image: Image, credential: string): ExpectedImage => ({
  container: image.container,
  reference: image.reference ?? image.image,
  verdict: 'pulled',
  reason: null,
  message: null,
  credential,
});

const failed = (
  image: Image,
  message: string | RegExp,
  credential: string,
  reason = 'ErrImagePull',
): ExpectedImage => ({
  container: image.container,
  reference: reason === 'InvalidImageName' ? null : (image.reference ?? image.image),
  verdict: 'failed',
  reason,
  message,
  credential,
});

const failedPullEvents = (image: Image, message: string | RegExp): ExpectedEvent[] => {
  const start = `Failed to pull image "${image.image}": `;
  const text =
    typeof message === 'string' ? `${start}${message}` : new RegExp(message.source.replace('^', `^${start}`));
  return [
    ['Normal', 'Pulling', path(image), `Pulling image "${image.image}"`, 2, 0, 13],
    ['Warning', 'Failed', path(image), text, 2, 0, 13],
    ['Warning', 'Failed', path(image), 'Error: ErrImagePull', 2, 0, 13],
    ['Normal', 'BackOff', path(image), `Back-off pulling image "${image.image}"`, 2, 1, 26],
    ['Warning', 'Failed', path(image), 'Error: ImagePullBackOff', 2, 1, 26],
  ];
};

const missingSecret = (name: string, count: number, last: number): ExpectedEvent => [
  'Warning',
  'FailedToRetrieveImagePullSecret',
  undefined,
  `Unable to retrieve some image pull secrets (${name}); attempting to pull the image may not succeed.`,
  count,
  0,
  last,
];

/** One container, pulled at once. */
const running = (pod: string, image: Image, credential = 'anonymous'): ExpectedPod => ({
  status: 'Running',
  phase: 'Running',
  ready: '1/1',
  images: [pulled(image, credential)],
  events: [scheduled(pod), ...pulledEvents(image)],
  findings: [],
});

/** One container whose pull fails with this text. */
const backOff = (
  pod: string,
  image: Image,
  message: string | RegExp,
  rule: string,
  { credential = 'anonymous', early = [] as readonly ExpectedEvent[] } = {},
): ExpectedPod => ({
  status: 'ImagePullBackOff',
  phase: 'Pending',
  ready: '0/1',
  images: [failed(image, message, credential)],
  events: [scheduled(pod), ...early, ...failedPullEvents(image, message)],
  findings: [`${rule} error`],
});

const denied = (reference: string): string =>
  `failed to pull and unpack image "${reference}": failed to resolve image: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;

const notFound = (reference: string): string =>
  `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": failed to resolve image: ${reference}: not found`;

/** After POST and GET to the token endpoint were both answered with 401. */
const badLogin = (reference: string, realm: string, scope: string, service: string): string =>
  `failed to pull and unpack image "${reference}": failed to resolve image: failed to authorize: failed to fetch oauth token: unexpected status from GET request to ${realm}?scope=${encodeURIComponent(scope)}&service=${encodeURIComponent(service)}: 401 Unauthorized`;

const badName = (pod: string, image: Image, problem: string, rule: string): ExpectedPod => {
  const message = `Failed to apply default image tag "${image.image}": couldn't parse image name "${image.image}": ${problem}`;
  return {
    status: 'InvalidImageName',
    phase: 'Pending',
    ready: '0/1',
    images: [failed(image, message, '-', 'InvalidImageName')],
    events: [
      scheduled(pod),
      ['Warning', 'InspectFailed', path(image), message, 3, 0, 13],
      ['Warning', 'Failed', path(image), 'Error: InvalidImageName', 3, 0, 13],
    ],
    findings: [`${rule} error`],
  };
};

const nginx = { container: 'nginx', image: 'nginx', reference: 'docker.io/library/nginx:latest' };
const nginx127 = { container: 'nginx', image: 'nginx:1.27', reference: 'docker.io/library/nginx:1.27' };
const redis = { container: 'redis', image: 'redis:7.4', reference: 'docker.io/library/redis:7.4' };
const payments = {
  container: 'payments',
  image: 'acme/payments:1.4',
  reference: 'docker.io/acme/payments:1.4',
};
const internalApp = { container: 'internal-app', image: 'private-registry.io/apps/internal-app:1.0' };
const orders = { container: 'orders', image: 'private-registry.io/apps/internal-app:1.1' };
const privateNginx = { container: 'nginx', image: 'myprivateregistry.com:5000/nginx:alpine' };
const migrate = { ...internalApp, container: 'migrate', init: true } as const;
const report = { container: 'report-builder', image: 'private-registry.io/apps/report-builder:0.9' };
const waitForDb = {
  container: 'wait-for-db',
  image: 'busybox:1.36.9',
  reference: 'docker.io/library/busybox:1.36.9',
  init: true,
} as const;

const notBase64 = 'illegal base64 data at input byte 4';
const neverAbsent = 'Container image "busybox:1.37" is not present with pull policy of Never';

export const classroom: Readonly<Record<string, ExpectedPod>> = {
  'default/web': running('default/web', nginx),
  'default/cache': running('default/cache', redis),
  'default/dnsutils': running('default/dnsutils', {
    container: 'dnsutils',
    image: 'gcr.io/kubernetes-e2e-test-images/dnsutils:1.3',
  }),
  'default/payments': backOff('default/payments', payments, denied('docker.io/acme/payments:1.4'), 'REF03'),

  'shop/internal-app-without-secret': backOff(
    'shop/internal-app-without-secret',
    internalApp,
    denied(internalApp.image),
    'REF03',
  ),
  'shop/internal-app': running('shop/internal-app', internalApp, 'registry-user of shop/regcred'),
  'shop/checkout': {
    status: 'Running',
    phase: 'Running',
    ready: '1/1',
    images: [pulled(migrate, 'registry-user of shop/regcred'), pulled(payments, 'acme-ci of shop/hub-cred')],
    // The init container ends before the second sync, which starts the other one.
    events: [scheduled('shop/checkout'), ...pulledEvents(migrate), ...pulledEvents(payments, 1)],
    findings: [],
  },
  'shop/proxy': running('shop/proxy', privateNginx, 'dock_user of shop/private-reg-cred'),

  'prod/orders': backOff('prod/orders', orders, denied(orders.image), 'REF01', {
    early: [missingSecret('regcred', 4, 26)],
  }),
  'staging/orders-preview': backOff('staging/orders-preview', orders, denied(orders.image), 'REF02', {
    early: [missingSecret('regcerd', 4, 26)],
  }),
  'staging/cache': {
    ...running('staging/cache', redis),
    events: [scheduled('staging/cache'), missingSecret('redis-cred', 2, 1), ...pulledEvents(redis)],
    findings: ['REF02 warning'],
  },

  'lab/wrong-type': backOff('lab/wrong-type', privateNginx, denied(privateNginx.image), 'SEC01'),
  'lab/key-without-port': backOff('lab/key-without-port', privateNginx, denied(privateNginx.image), 'KEY03'),
  'lab/wrong-password': backOff(
    'lab/wrong-password',
    privateNginx,
    badLogin(
      privateNginx.image,
      'https://myprivateregistry.com:5000/token',
      'repository:nginx:pull',
      'myprivateregistry.com:5000',
    ),
    'CRED01',
    { credential: 'dock_user of lab/stale-cred' },
  ),
  'lab/malformed-secret': {
    status: notBase64,
    phase: 'Pending',
    ready: '0/2',
    images: [failed(privateNginx, notBase64, '-', notBase64), failed(redis, notBase64, '-', notBase64)],
    events: [
      scheduled('lab/malformed-secret'),
      ['Warning', 'Failed', 'spec.containers{nginx}', `Error: ${notBase64}`, 3, 0, 13],
      ['Warning', 'Failed', 'spec.containers{redis}', `Error: ${notBase64}`, 3, 0, 13],
    ],
    findings: ['SEC10 error'],
  },

  'team-blue/internal-app': running(
    'team-blue/internal-app',
    internalApp,
    'registry-user of team-blue/regcred',
  ),
  'team-blue/own-list': {
    status: 'ImagePullBackOff',
    phase: 'Pending',
    ready: '1/2',
    images: [
      pulled(payments, 'acme-ci of team-blue/hub-cred'),
      failed(internalApp, denied(internalApp.image), 'anonymous'),
    ],
    events: [
      scheduled('team-blue/own-list'),
      ...pulledEvents(payments),
      ...failedPullEvents(internalApp, denied(internalApp.image)),
    ],
    findings: ['REF04 error'],
  },
  'team-blue/other-account': backOff(
    'team-blue/other-account',
    internalApp,
    denied(internalApp.image),
    'REF07',
  ),

  'typos/with-scheme': badName(
    'typos/with-scheme',
    { container: 'app', image: 'https://private-registry.io/apps/internal-app:1.0' },
    'invalid reference format',
    'NAME01',
  ),
  'typos/upper-case': badName(
    'typos/upper-case',
    { container: 'app', image: 'private-registry.io/apps/Internal-App:1.0' },
    'invalid reference format: repository name (apps/Internal-App) must be lowercase',
    'NAME02',
  ),
  'typos/missing-tag': backOff(
    'typos/missing-tag',
    { container: 'nginx', image: 'nginx:1.277', reference: 'docker.io/library/nginx:1.277' },
    notFound('docker.io/library/nginx:1.277'),
    'NAME04',
  ),
  'typos/without-host': backOff(
    'typos/without-host',
    { container: 'app', image: 'internal-app:1.0', reference: 'docker.io/library/internal-app:1.0' },
    denied('docker.io/library/internal-app:1.0'),
    'NAME06',
  ),

  'surprises/public-image-bad-login': backOff(
    'surprises/public-image-bad-login',
    nginx127,
    badLogin(
      'docker.io/library/nginx:1.27',
      'https://auth.docker.io/token',
      'repository:library/nginx:pull',
      'registry.docker.io',
    ),
    'CRED11',
    { credential: 'acme-ci of surprises/old-hub-cred' },
  ),
  'surprises/never-and-present': {
    status: 'Running',
    phase: 'Running',
    ready: '1/1',
    images: [
      {
        container: 'busybox',
        reference: 'docker.io/library/busybox:1.36',
        verdict: 'present',
        reason: null,
        message: null,
        credential: '-',
      },
    ],
    events: [
      scheduled('surprises/never-and-present'),
      [
        'Normal',
        'Pulled',
        'spec.containers{busybox}',
        'Container image "busybox:1.36" already present on machine and can be accessed by the pod',
        1,
        0,
        0,
      ],
      ['Normal', 'Created', 'spec.containers{busybox}', 'Container created', 1, 0, 0],
      ['Normal', 'Started', 'spec.containers{busybox}', 'Container started', 1, 0, 0],
    ],
    findings: [],
  },
  'surprises/never-and-absent': {
    status: 'ErrImageNeverPull',
    phase: 'Pending',
    ready: '0/1',
    images: [
      failed(
        { container: 'busybox', image: 'busybox:1.37', reference: 'docker.io/library/busybox:1.37' },
        neverAbsent,
        '-',
        'ErrImageNeverPull',
      ),
    ],
    events: [
      scheduled('surprises/never-and-absent'),
      ['Warning', 'ErrImageNeverPull', 'spec.containers{busybox}', neverAbsent, 3, 0, 13],
      ['Warning', 'Failed', 'spec.containers{busybox}', 'Error: ErrImageNeverPull', 3, 0, 13],
    ],
    findings: ['NODE04 error'],
  },
  'surprises/report-builder': backOff(
    'surprises/report-builder',
    report,
    /^rpc error: code = NotFound desc = get image config descriptor: no match for platform in manifest sha256:[0-9a-f]{64}: not found$/,
    'IMG01',
    { credential: 'registry-user of surprises/regcred' },
  ),
  'surprises/stuck-in-init': {
    status: 'Init:ImagePullBackOff',
    phase: 'Pending',
    ready: '0/1',
    images: [
      failed(waitForDb, notFound('docker.io/library/busybox:1.36.9'), 'anonymous'),
      {
        container: 'nginx',
        reference: 'docker.io/library/nginx:1.27',
        verdict: 'blocked',
        reason: null,
        message: null,
        credential: '-',
      },
    ],
    events: [
      scheduled('surprises/stuck-in-init'),
      ...failedPullEvents(waitForDb, notFound('docker.io/library/busybox:1.36.9')),
    ],
    findings: ['NAME04 error'],
  },
};
