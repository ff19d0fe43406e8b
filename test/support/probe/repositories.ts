import { mediaTypes } from '../../../src/image/media-types.js';
import {
  blobUnknown,
  denied,
  errorAnswer,
  type FullAnswer,
  manifestUnknown,
  nameUnknown,
  type ProbeAnswer,
  rateLimited,
  unknownError,
  withHeaders,
} from './answers.js';
import {
  basic,
  bearer,
  bearerChallenge,
  bearerWith,
  challenged,
  open,
  type Policy,
  unauthorized,
} from './authorization.js';
import {
  attestation,
  changedImage,
  digestOf,
  imageOf,
  indexOf,
  type ProbeImage,
  type ProbeManifest,
  schema1,
} from './images.js';

/** A manifest or blob request on its way to the content. */
export interface ContentRequest {
  readonly method: string;
  /** Tag or digest. */
  readonly name: string;
  readonly repository: string;
  readonly host: string;
  readonly path: string;
  /** What a registry without faults answers. */
  readonly usual: () => FullAnswer;
  /** Counts calls under a key, from 1 on. */
  readonly nth: (key: string) => number;
}

export interface TokenRequestSeen {
  readonly method: string;
  readonly path: string;
  readonly grant: (options?: GrantOptions) => FullAnswer;
}

export interface GrantOptions {
  /** Seconds since the epoch. */
  readonly exp?: number;
  readonly lifetimeSeconds?: number;
}

/** One scripted repository. */
export interface ProbeRepository {
  /** Everybody gets a token for it. */
  readonly public: boolean;
  readonly policy: Policy;
  readonly manifest: ProbeManifest;
  readonly images: readonly ProbeImage[];
  readonly onManifest?: (request: ContentRequest) => ProbeAnswer;
  readonly onBlob?: (request: ContentRequest, image: ProbeImage) => ProbeAnswer;
  readonly onToken?: (request: TokenRequestSeen) => FullAnswer;
}

type Script = Partial<Omit<ProbeRepository, 'images'>> & {
  readonly images?: readonly ProbeImage[];
  readonly image?: ProbeImage;
};

/** All repositories of the probe, by name: each shows one behaviour of a registry or token server. */
export function probeRepositories(): ReadonlyMap<string, ProbeRepository> {
  const scripts: Readonly<Record<string, Script>> = {
    ...plain,
    ...privates,
    ...tokenEndpoints,
    ...challenges,
    ...manifestAnswers,
    ...blobAnswers,
    ...documents(),
    ...indexes(),
    ...digests,
    ...mirrored,
  };
  return new Map(Object.entries(scripts).map(([name, script]) => [name, repositoryOf(name, script)]));
}

function repositoryOf(name: string, script: Script): ProbeRepository {
  const image = script.image ?? script.images?.[0] ?? imageOf(name);
  const { image: _, ...rest } = script;
  return {
    public: false,
    policy: bearer,
    manifest: image.manifest,
    images: script.images ?? [image],
    ...rest,
  };
}

const isOpen = { policy: open };
const isPublic = { public: true };

const plain: Readonly<Record<string, Script>> = {
  'sc/public': isOpen,
  'sc/public-token': isPublic,
  'sc/public-token-docker': { ...isPublic, image: imageOf('sc/public-token-docker', { docker: true }) },
  'library/hubpub': isPublic,
  'library/hubpriv': {},
  'sc/single-arm': { ...isOpen, image: imageOf('sc/single-arm', { architecture: 'arm64' }) },
  'sc/gzip': isOpen,
  'sc/many': isOpen,
};

const refuseAfterToken: Policy = (asked) => {
  const refusal = bearer(asked);
  return refusal !== undefined && asked.authorization !== undefined ? denied() : refusal;
};

const privates: Readonly<Record<string, Script>> = {
  'sc/private': {},
  'sc/private-refresh': {},
  'sc/private-authb64': {},
  'sc/private-wrongserver': {},
  'sc/private-serveraddr': {},
  'sc/private-regtoken': {},
  'sc/private-emptypw': {},
  'sc/private-noerr': { policy: bearerWith(({ host, repository }) => bearerChallenge(host, repository)) },
  'sc/private-403': { policy: refuseAfterToken },
  'sc/private-always403': { policy: denied },
  'sc/private-403-nobody': { policy: () => ({ status: 403, headers: {}, body: '' }) },
  'sc/denied-msg': { policy: () => errorAnswer(403, 'DENIED', 'IP address 10.0.0.9 is not allowed') },
  'sc/denied-two': {
    policy: () => ({
      status: 403,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        errors: [
          { code: 'DENIED', message: 'first' },
          { code: 'SOMETHING_ELSE', message: 'second', detail: 'x' },
        ],
      }),
    }),
  },
};

const realmAt =
  (address: string): Policy =>
  ({ host, repository }) =>
    challenged(`Bearer realm="${address}",service="${host}",scope="repository:${repository}:pull"`);

/** The POST is answered so, everything else is granted. */
const postAnswers =
  (status: number) =>
  ({ method, grant }: TokenRequestSeen): FullAnswer =>
    method === 'POST' ? { status, body: 'nope' } : grant();

const html = (status: number, body: string): FullAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body,
});

const json = (status: number, value: unknown): FullAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const tokenEndpoints: Readonly<Record<string, Script>> = {
  'sc/tok-401': { onToken: () => errorAnswer(401, 'UNAUTHORIZED', 'authentication required') },
  'sc/tok-403': { onToken: () => errorAnswer(403, 'DENIED', 'denied') },
  'sc/tok-500': { onToken: () => errorAnswer(500, 'UNKNOWN', 'boom') },
  'sc/tok-503': { onToken: () => ({ status: 503, body: 'unavailable' }) },
  'sc/tok-429': { onToken: () => errorAnswer(429, 'TOOMANYREQUESTS', 'slow down') },
  'sc/tok-401-json-details': {
    onToken: () => json(401, { details: 'incorrect username or password' }),
  },
  'sc/tok-post404': { onToken: postAnswers(404) },
  'sc/tok-post405': { onToken: postAnswers(405) },
  'sc/tok-post400': { onToken: postAnswers(400) },
  'sc/tok-post403': { onToken: postAnswers(403) },
  'sc/tok-post405-refresh': { onToken: postAnswers(405) },
  'sc/tok-post200-tokenonly': {
    onToken: ({ method, grant }) => (method === 'POST' ? tokenOnly(grant()) : grant()),
  },
  'sc/tok-empty': { onToken: () => json(200, {}) },
  'sc/tok-html': { onToken: () => html(200, '<html>login</html>') },
  'sc/tok-302': {
    onToken: ({ path }) =>
      path === '/token'
        ? { status: 302, headers: { location: 'https://auth.example.com/login' }, body: '' }
        : html(200, '<html>login</html>'),
  },
  'sc/tok-expired': { ...isPublic, onToken: ({ grant }) => grant({ exp: 1 }) },
  'sc/tok-short': {
    ...isPublic,
    onToken: ({ grant }) => grant({ lifetimeSeconds: 1 }),
    onBlob: ({ usual }) => ({ ...usual(), delayMs: 1500 }),
  },
  'sc/tok-garbage': { onToken: () => json(200, { token: 'garbage', expires_in: 300 }) },
  'sc/tok-nxdomain': { policy: realmAt('https://nxdomain.example.com/token') },
  'sc/tok-refused': { policy: realmAt('https://auth.example.com:5999/token') },
  'sc/tok-badca': { policy: realmAt('https://auth.example.com:8443/token') },
};

function tokenOnly(answer: FullAnswer): FullAnswer {
  const { token, access_token: accessToken } = JSON.parse(String(answer.body)) as Record<string, string>;
  return { ...answer, body: JSON.stringify({ token: token ?? accessToken }) };
}

const challenges: Readonly<Record<string, Script>> = {
  'sc/norealm': {
    policy: ({ host, repository }) =>
      challenged(`Bearer service="${host}",scope="repository:${repository}:pull"`),
  },
  'sc/noscope': {
    ...isPublic,
    policy: bearerWith(({ host }) => `Bearer realm="https://auth.example.com/token",service="${host}"`),
  },
  'sc/noservice': {
    ...isPublic,
    policy: bearerWith(
      ({ repository }) =>
        `Bearer realm="https://auth.example.com/token",scope="repository:${repository}:pull"`,
    ),
  },
  'sc/scope-pushpull': {
    ...isPublic,
    policy: bearerWith(
      ({ host, repository }) =>
        `Bearer realm="https://auth.example.com/token?x=1",service="${host}",scope="repository:${repository}:pull,push registry:catalog:*"`,
    ),
  },
  'sc/negotiate': { policy: () => challenged('Negotiate') },
  'sc/nochallenge': { policy: () => challenged() },
  'sc/basic': { policy: basic },
  'sc/basic-wrong': { policy: basic },
  'sc/basic-none': { policy: basic },
  'sc/both': {
    policy: (asked) => {
      if (/^Bearer/.test(asked.authorization ?? '')) return bearer(asked);
      if (asked.authorization !== undefined) return basic(asked);
      return challenged(['Basic realm="r"', bearerChallenge(asked.host, asked.repository)]);
    },
  },
};

/** HEAD gets this instead of the usual answer. */
const forHead =
  (answer: FullAnswer) =>
  ({ method, usual }: ContentRequest): ProbeAnswer =>
    method === 'HEAD' ? answer : usual();

const forGet =
  (answer: (request: ContentRequest) => ProbeAnswer) =>
  (request: ContentRequest): ProbeAnswer =>
    request.method === 'GET' ? answer(request) : request.usual();

const contentType =
  (value: string | undefined) =>
  ({ usual }: ContentRequest): ProbeAnswer =>
    withHeaders(usual(), { 'content-type': value });

const always = (answer: ProbeAnswer) => ({ ...isOpen, onManifest: () => answer });

const manifestAnswers: Readonly<Record<string, Script>> = {
  'sc/missing-tag': { ...isPublic, onManifest: ({ name }) => manifestUnknown({ Tag: name }) },
  'sc/missing-repo': { ...isPublic, onManifest: ({ repository }) => nameUnknown({ name: repository }) },
  'sc/notfound-html': { ...isPublic, onManifest: () => html(404, '<html>404</html>') },
  'sc/m400': always(errorAnswer(400, 'TAG_INVALID', 'manifest tag did not match URI')),
  'sc/m401-novalid': { ...isOpen, onManifest: ({ host, repository }) => unauthorized(host, repository) },
  'sc/m429': always(rateLimited({ 'retry-after': '60' })),
  'sc/m429-auth': { ...isPublic, onManifest: () => rateLimited() },
  'sc/m429-recover': {
    ...isOpen,
    onManifest: ({ nth, usual }) => (nth('429r') <= 2 ? rateLimited() : usual()),
  },
  'sc/get429': { ...isOpen, onManifest: forGet(() => rateLimited()) },
  'sc/m500': always(unknownError()),
  'sc/m500-once': {
    ...isOpen,
    onManifest: ({ nth, usual }) => (nth('500o') <= 1 ? unknownError() : usual()),
  },
  'sc/m502': always({ status: 502, body: '<html>bad gateway</html>' }),
  'sc/m503': always(errorAnswer(503, 'UNAVAILABLE', 'service unavailable')),
  'sc/m504': always({ status: 504, body: 'gw' }),
  'sc/m408': always({ status: 408, body: '' }),
  'sc/m451': always(errorAnswer(451, 'DENIED', 'blocked by policy')),
  'sc/long-error': always(errorAnswer(400, 'UNKNOWN', 'x'.repeat(300))),
  'sc/m301': {
    ...isOpen,
    onManifest: ({ path }) => ({
      status: 307,
      headers: { location: `https://cdn.example.com/redir${path}` },
      body: '',
    }),
  },
  'sc/m300loop': {
    ...isOpen,
    onManifest: ({ path }) => ({ status: 307, headers: { location: path }, body: '' }),
  },
  'sc/head405': { ...isOpen, onManifest: forHead({ status: 405, body: '' }) },
  'sc/head404-get200': { ...isOpen, onManifest: forHead({ status: 404, body: '' }) },
  'sc/nodigest': {
    ...isOpen,
    onManifest: ({ usual }) => withHeaders(usual(), { 'docker-content-digest': undefined }),
  },
  'sc/nolength': { ...isOpen, onManifest: ({ usual }) => ({ ...usual(), chunked: true }) },
  'sc/nodigest-get500': {
    ...isOpen,
    onManifest: ({ method, usual }) =>
      method === 'GET' ? unknownError() : withHeaders(usual(), { 'docker-content-digest': undefined }),
  },
  'sc/baddigesthdr': {
    ...isOpen,
    onManifest: ({ usual }) => withHeaders(usual(), { 'docker-content-digest': 'sha256:xyz' }),
  },
  'sc/zerolength': {
    ...isOpen,
    onManifest: forHead({
      status: 200,
      headers: {
        'content-type': mediaTypes.ociManifest,
        'docker-content-digest': imageOf('sc/zerolength').manifest.digest,
        'content-length': '0',
      },
      body: '',
    }),
  },
  'sc/digest-mismatch': {
    ...isOpen,
    onManifest: ({ usual, name }) =>
      withHeaders(usual(), {
        'docker-content-digest': name.startsWith('sha256:') ? name : digestOf(Buffer.from('other')),
      }),
  },
  'sc/manifest-tampered': { ...isOpen, onManifest: forGet(({ usual }) => tampered(usual())) },
  'sc/man-get-404': { ...isOpen, onManifest: forGet(() => manifestUnknown()) },
  'sc/man-get-401': {
    ...isPublic,
    onManifest: forGet(({ host, repository }) => unauthorized(host, repository, 'insufficient_scope')),
  },
  'sc/man-get-403': { ...isPublic, onManifest: forGet(denied) },
  'sc/ct-json': { ...isOpen, onManifest: contentType('application/json') },
  'sc/ct-html': always({
    status: 200,
    headers: {
      'content-type': 'text/html',
      'docker-content-digest': digestOf(Buffer.from('<html>hi</html>')),
    },
    body: '<html>hi</html>',
  }),
  'sc/ct-none': { ...isOpen, onManifest: contentType(undefined) },
  'sc/ct-text': { ...isOpen, onManifest: contentType('text/plain; charset=utf-8') },
  'sc/ct-charset': { ...isOpen, onManifest: contentType(`${mediaTypes.ociManifest}; charset=utf-8`) },
  'sc/schema1': always({
    status: 200,
    headers: { 'content-type': mediaTypes.dockerSchema1Signed, 'docker-content-digest': schema1.digest },
    body: schema1.bytes,
  }),
  'sc/schema1-nodigest': always({
    status: 200,
    headers: { 'content-type': mediaTypes.dockerSchema1Signed },
    body: schema1.bytes,
  }),
  'sc/eof': { ...isOpen, onManifest: () => ({ destroy: true }) },
  'sc/slow': { ...isOpen, onManifest: () => ({ hang: true }) },
};

/** One blank more, and the length as it was. */
function tampered(answer: FullAnswer): FullAnswer {
  const bytes = Buffer.from(String(answer.body).replace('"schemaVersion": 2', '"schemaVersion":  2'));
  return { ...answer, body: bytes.subarray(0, Buffer.byteLength(answer.body ?? '')) };
}

const flipped = (body: Buffer, at: number): Buffer => {
  const copy = Buffer.from(body);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

const bodyOf = (answer: FullAnswer) => answer.body as Buffer;

/** The image's layer is answered so, its config as usual. */
const layerAnswer = (answer: (usual: FullAnswer, request: ContentRequest) => ProbeAnswer) => ({
  ...isOpen,
  onBlob: (request: ContentRequest, image: ProbeImage) =>
    request.name === image.layer.digest ? answer(request.usual(), request) : request.usual(),
});

const configAnswer = (answer: (usual: FullAnswer) => ProbeAnswer) => ({
  ...isOpen,
  onBlob: (request: ContentRequest, image: ProbeImage) =>
    request.name === image.config.digest ? answer(request.usual()) : request.usual(),
});

const cdn = (folder: string, digest: string, host = 'cdn'): FullAnswer => ({
  status: 307,
  headers: { location: `https://${host}.example.com/${folder}/${digest}?X-Amz-Signature=sekrit` },
  body: '',
});

const blobAnswers: Readonly<Record<string, Script>> = {
  'sc/layer-tampered': layerAnswer((usual) => ({
    ...usual,
    body: flipped(bodyOf(usual), bodyOf(usual).length - 10),
  })),
  'sc/layer-short': layerAnswer((usual) => ({ ...usual, body: bodyOf(usual).subarray(0, -5) })),
  'sc/layer-long': layerAnswer((usual) => ({
    ...usual,
    body: Buffer.concat([bodyOf(usual), Buffer.from('xxxxx')]),
  })),
  'sc/layer-cut': layerAnswer((usual) => ({ ...usual, cut: 20 })),
  'sc/config-tampered': configAnswer((usual) => ({ ...usual, body: flipped(bodyOf(usual), 5) })),
  'sc/config404': configAnswer(blobUnknown),
  'sc/blob404': layerAnswer(blobUnknown),
  'sc/blob403': layerAnswer(denied),
  'sc/blob403-xml': layerAnswer(() => ({
    status: 403,
    headers: { 'content-type': 'application/xml' },
    body: '<Error><Code>AccessDenied</Code></Error>',
  })),
  'sc/blob500': layerAnswer(unknownError),
  'sc/blob429': layerAnswer(() => rateLimited()),
  'sc/blob-401': {
    ...layerAnswer((_, { host, repository }) => unauthorized(host, repository, 'insufficient_scope')),
    policy: bearer,
    ...isPublic,
  },
  'sc/blob-redirect': { ...isPublic, onBlob: ({ name }) => cdn('data', name) },
  'sc/blob-redirect-403': {
    ...layerAnswer((_, { name }) => cdn('deny', name)),
    policy: bearer,
    ...isPublic,
  },
  'sc/blob-redirect-nx': {
    ...layerAnswer((_, { name }) => cdn('data', name, 'nxdomain')),
    policy: bearer,
    ...isPublic,
  },
};

/** Whatever is asked, this document comes. */
const document = (mediaType: string, bytes: Buffer): Script => ({
  ...always({
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digestOf(bytes) },
    body: bytes,
  }),
});

const imageDocument = (image: ProbeImage): Script => ({
  ...document(image.manifest.mediaType, image.manifest.bytes),
  image,
});

function documents(): Readonly<Record<string, Script>> {
  const zeroes = (text: string) => text.replace(/sha256:[0-9a-f]{8}/, 'sha256:00000000');
  const noLayers = (text: string) => {
    const config = JSON.parse(text) as { rootfs: { diff_ids: string[] } };
    config.rootfs.diff_ids = [];
    return JSON.stringify(config);
  };
  const helm = changedImage(imageOf('sc/helm'), {
    manifest: (manifest) => {
      manifest.config.mediaType = 'application/vnd.cncf.helm.config.v1+json';
      for (const layer of manifest.layers) {
        layer.mediaType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
      }
      // The recording's descriptor has its members in this order.
      manifest.layers = manifest.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
    },
  });
  const layerType = changedImage(imageOf('sc/layer-mt'), {
    manifest: ({ layers }) => {
      for (const layer of layers) layer.mediaType = 'application/x-unknown-layer';
    },
  });
  const tooBig = changedImage(imageOf('sc/size-mismatch'), {
    manifest: ({ layers }) => {
      for (const layer of layers) layer.size += 7;
    },
  });
  return {
    'sc/badjson': document(mediaTypes.ociManifest, Buffer.from('{"schemaVersion": 2,')),
    'sc/emptyobj': document(mediaTypes.ociManifest, Buffer.from('{}')),
    'sc/helm': imageDocument(helm),
    'sc/layer-mt': imageDocument(layerType),
    'sc/size-mismatch': imageDocument(tooBig),
    'sc/diffid': imageDocument(changedImage(imageOf('sc/diffid'), { config: zeroes })),
    'sc/nodiffids': imageDocument(changedImage(imageOf('sc/nodiffids'), { config: noLayers })),
  };
}

const indexed = (images: readonly ProbeImage[], docker = false): Script => ({
  ...isOpen,
  images,
  manifest: indexOf(images, { docker }),
});

function indexes(): Readonly<Record<string, Script>> {
  const arm = { architecture: 'arm64' };
  const attested = imageOf('idx-att');
  const statement = attestation();
  const missing = imageOf('idx-sub404');
  return {
    'sc/index-ok': indexed([imageOf('idx-ok-arm', arm), imageOf('idx-ok-amd')]),
    'sc/index-docker': indexed(
      [imageOf('idx-d-arm', { ...arm, docker: true }), imageOf('idx-d-amd', { docker: true })],
      true,
    ),
    'sc/index-noplat': indexed([
      imageOf('idx-np-arm', arm),
      imageOf('idx-np-s390x', { architecture: 's390x' }),
    ]),
    'sc/index-noplat-token': { ...indexed([imageOf('idx-npt-arm', arm)]), policy: bearer, ...isPublic },
    'sc/index-nullplat': indexed([{ ...imageOf('idx-null'), platform: undefined }]),
    'sc/index-386': indexed([imageOf('idx-386', { architecture: '386' })]),
    'sc/index-amd64v2': indexed([imageOf('idx-amd64v2', { variant: 'v2' })]),
    'sc/index-windows': indexed([imageOf('idx-win', { os: 'windows' })]),
    'sc/index-2amd': indexed([imageOf('idx-2a'), imageOf('idx-2b')]),
    'sc/index-att': {
      ...isOpen,
      images: [attested, statement],
      manifest: indexOf([attested], {
        extra: [
          {
            mediaType: mediaTypes.ociManifest,
            size: statement.manifest.bytes.length,
            digest: statement.manifest.digest,
            platform: statement.platform,
            annotations: {
              'vnd.docker.reference.type': 'attestation-manifest',
              'vnd.docker.reference.digest': attested.manifest.digest,
            },
          },
        ],
      }),
    },
    'sc/index-sub404': {
      ...indexed([missing]),
      onManifest: ({ name, usual }) => (name === missing.manifest.digest ? manifestUnknown() : usual()),
    },
  };
}

const digests: Readonly<Record<string, Script>> = {
  'sc/bydigest': isPublic,
  'sc/bydigest-404': { ...isOpen, onManifest: () => manifestUnknown(), onBlob: blobUnknown },
  'sc/bydigest-404-blobok': {
    ...isOpen,
    onManifest: () => manifestUnknown(),
    onBlob: ({ name, usual }, { manifest }) =>
      name === manifest.digest
        ? {
            status: 200,
            headers: { 'content-type': 'application/octet-stream', 'docker-content-digest': name },
            body: manifest.bytes,
          }
        : usual(),
  },
  'sc/bydigest-mismatch': {
    ...isOpen,
    onManifest: ({ usual }) => ({
      ...usual(),
      headers: {
        'content-type': mediaTypes.ociManifest,
        'docker-content-digest': imageOf('sc/bydigest-mismatch').manifest.digest,
      },
    }),
  },
  'sc/bydigest-500': { ...isOpen, onManifest: unknownError },
  'sc/tagdigest': isOpen,
};

const mirrorNames = ['404', '500', '403', 'ref', 'pull', 'ok', 'hdr', 'noserver', 'skipv', 'http', 'invalid'];

const mirrored: Readonly<Record<string, Script>> = {
  'sc/mirrored': isOpen,
  'sc/mirrored-priv': {},
  'sc/mir-upstream-only': isOpen,
  ...Object.fromEntries([...mirrorNames, 'both404', 'gzip'].map((name) => [`sc/mf-${name}`, isOpen])),
  'sc/mf-priv': {},
  'sc/mf-blob404both': layerAnswer(blobUnknown),
  'sc/mf-blob403up': {
    ...isOpen,
    onBlob: ({ host, name, usual }, { layer }) => {
      if (host.startsWith('mirror')) return blobUnknown();
      return name === layer.digest ? denied() : usual();
    },
  },
};
