import {
  apiVersion,
  blobUnknown,
  denied,
  errorAnswer,
  type FullAnswer,
  manifestUnknown,
  nameUnknown,
  type ProbeAnswer,
  unknownError,
  withHeaders,
} from './answers.js';
import {
  type Asked,
  anyBasic,
  basic,
  basicCredentials,
  bearer,
  challenged,
  encodeToken,
  type ProbeToken,
  refreshTokens,
  unauthorized,
  users,
} from './authorization.js';
import type { ContentRequest, GrantOptions, ProbeRepository } from './repositories.js';

/** A request as it came. */
export interface ProbeRequest {
  readonly method: string;
  /** `Host` header. */
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** What all hosts of the probe share. */
export interface ProbeState {
  readonly repositories: ReadonlyMap<string, ProbeRepository>;
  readonly now: () => Date;
  readonly nth: (key: string) => number;
}

/** One machine answers for every host name of the probe, each in its own way. */
export function answerFor(request: ProbeRequest, state: ProbeState): ProbeAnswer {
  if (request.host.startsWith('auth.')) return tokenServer(request, state);
  if (request.host.startsWith('cdn.')) return contentNetwork(request, state);
  return request.host.startsWith('mirror') ? mirror(request, state) : registry(request, state);
}

const nowSeconds = ({ now }: ProbeState) => Math.floor(now().getTime() / 1000);

function tokenServer(request: ProbeRequest, state: ProbeState): FullAnswer {
  if (request.path === '/login') {
    return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>login</html>' };
  }
  const form = new URLSearchParams(request.body);
  const asked = request.method === 'POST' ? form.getAll('scope') : request.query.getAll('scope');
  const scopes = asked.flatMap((scope) => scope.split(' ')).filter((scope) => scope !== '');
  const grant = (options: GrantOptions = {}) => grantToken(request, form, scopes, options, state);
  const first = scopes.find((scope) => scope.startsWith('repository:')) ?? '';
  const repository = state.repositories.get(repositoryOf(first));
  return repository?.onToken?.({ method: request.method, path: request.path, grant }) ?? grant();
}

const repositoryOf = (scope: string) => scope.split(':').slice(1, -1).join(':');

function grantToken(
  request: ProbeRequest,
  form: URLSearchParams,
  scopes: readonly string[],
  { exp, lifetimeSeconds = 300 }: GrantOptions,
  state: ProbeState,
): FullAnswer {
  const user = userOf(request, form);
  if (typeof user === 'object' && user !== null) return user;
  const access = scopes
    .filter((scope) => scope.startsWith('repository:'))
    .map(repositoryOf)
    .filter((name) => mayPull(state.repositories.get(name), user))
    .map((name): ProbeToken['access'][number] => ({ name, actions: ['pull'] }));
  const token = encodeToken({ sub: user, access, exp: exp ?? nowSeconds(state) + lifetimeSeconds });
  const answer =
    request.method === 'POST'
      ? { access_token: token, expires_in: lifetimeSeconds, scope: scopes.join(' ') }
      : { token, access_token: token, expires_in: lifetimeSeconds, issued_at: state.now().toISOString() };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
}

const mayPull = (repository: ProbeRepository | undefined, user: string | null) =>
  repository !== undefined && (repository.public || user === 'alice');

/** `null`: anonymous; an answer: refused. */
function userOf({ method, authorization }: ProbeRequest, form: URLSearchParams): string | null | FullAnswer {
  const refused = (challenge?: string) =>
    errorAnswer(
      401,
      'UNAUTHORIZED',
      'authentication required',
      challenge === undefined ? {} : { 'www-authenticate': challenge },
    );
  if (method === 'POST') {
    const name = form.get('username') ?? '';
    const byPassword = users[name] !== undefined && users[name] === form.get('password') ? name : undefined;
    const byToken = refreshTokens[form.get('refresh_token') ?? ''];
    return (form.get('grant_type') === 'password' ? byPassword : byToken) ?? refused();
  }
  if (authorization === undefined) return null;
  const [name = '', password] = basicCredentials(authorization) ?? [];
  return users[name] !== undefined && users[name] === password ? name : refused('Basic realm="token"');
}

/** Where redirected blobs are. It wants no authorisation. */
function contentNetwork({ path }: ProbeRequest, { repositories }: ProbeState): FullAnswer {
  if (path.startsWith('/deny/')) {
    return {
      status: 403,
      headers: { 'content-type': 'application/xml' },
      body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
    };
  }
  const digest = /sha256:[0-9a-f]{64}/.exec(path)?.[0] ?? '';
  const bytes = [...repositories.values()].map((repository) => blobBytes(repository, digest)).find(Boolean);
  if (bytes !== undefined) return octets(bytes);
  const redirected = /^\/redir\/v2\/(.+)\/manifests\/.+$/.exec(path)?.[1] ?? '';
  const manifest = repositories.get(redirected)?.manifest;
  if (manifest === undefined) return { status: 404, body: 'no' };
  return {
    status: 200,
    headers: { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest },
    body: manifest.bytes,
  };
}

const octets = (body: Buffer, headers = {}): FullAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/octet-stream', ...headers },
  body,
});

function blobBytes({ images }: ProbeRepository, digest: string): Buffer | undefined {
  const blobs = images.flatMap(({ config, layer }) => [config, layer]);
  return blobs.find((blob) => blob.digest === digest)?.bytes;
}

/** A mirror behaves as its name says: `mirror404`, `mirrorauth` … */
function mirror(request: ProbeRequest, state: ProbeState): ProbeAnswer {
  const path = contentPath(request.path.replace(/^\/v2\/proxy\//, '/v2/'));
  const [mode = ''] = request.host.split('.');
  const faults: Readonly<Record<string, () => FullAnswer>> = {
    mirror404: nameUnknown,
    mirror500: unknownError,
    mirror403: denied,
  };
  const fault = faults[mode];
  if (fault !== undefined) return fault();
  const policies = { mirrorauth: anyBasic, mirrorbearer: bearer };
  const policy = policies[mode as keyof typeof policies];
  const refusal = policy?.(askedOf(request, path?.repository ?? '', state));
  if (refusal !== undefined) return refusal;
  const repository = state.repositories.get(path?.repository ?? '');
  if (path === undefined || repository === undefined || path.kind === 'referrers') return nameUnknown();
  return content(request, path, repository, state);
}

function askedOf(request: ProbeRequest, repository: string, state: ProbeState): Asked {
  const host = request.host.replace(/:443$/, '');
  return { authorization: request.authorization, repository, host, now: state.now() };
}

function registry(request: ProbeRequest, state: ProbeState): ProbeAnswer {
  if (request.path === '/v2/' || request.path === '/v2') return ping(request, state);
  const path = contentPath(request.path);
  if (path === undefined) return notFoundPage;
  const asked = askedOf(request, path.repository, state);
  const repository = state.repositories.get(path.repository);
  if (repository === undefined) {
    const error = request.authorization === undefined ? '' : 'insufficient_scope';
    return unauthorized(asked.host, path.repository, error);
  }
  return repository.policy(asked) ?? content(request, path, repository, state);
}

const notFoundPage: FullAnswer = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: '404 page not found\n',
};

function ping(request: ProbeRequest, state: ProbeState): FullAnswer {
  const fine: FullAnswer = { status: 200, headers: apiVersion, body: '{}' };
  const asked = askedOf(request, '', state);
  if (asked.host === 'basic.example.com') return basic(asked) ?? fine;
  if (asked.host === 'open.example.com' || asked.host.startsWith('plainhttp')) return fine;
  if (/^Bearer/.test(request.authorization ?? '')) return fine;
  return challenged(`Bearer realm="https://auth.example.com/token",service="${asked.host}"`, null);
}

interface ContentPath {
  readonly repository: string;
  readonly kind: string;
  readonly name: string;
}

function contentPath(path: string): ContentPath | undefined {
  const [, repository, kind, name] = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? [];
  return repository === undefined || kind === undefined || name === undefined
    ? undefined
    : { repository, kind, name };
}

function content(
  request: ProbeRequest,
  path: ContentPath,
  repository: ProbeRepository,
  { nth }: ProbeState,
): ProbeAnswer {
  if (path.kind === 'referrers') return notFoundPage;
  const usual = () =>
    path.kind === 'manifests' ? usualManifest(path.name, repository) : usualBlob(path.name, repository);
  const asked: ContentRequest = {
    method: request.method,
    name: path.name,
    repository: path.repository,
    host: request.host.replace(/:443$/, ''),
    path: request.path,
    usual,
    nth,
  };
  const [image] = repository.images;
  if (path.kind === 'manifests') return repository.onManifest?.(asked) ?? usual();
  return (image === undefined ? undefined : repository.onBlob?.(asked, image)) ?? usual();
}

function usualManifest(name: string, { manifest, images }: ProbeRepository): FullAnswer {
  const known = [manifest, ...images.map((image) => image.manifest)];
  const isTag = name === 'v1' || name === 'latest';
  const found = isTag ? manifest : known.find(({ digest }) => digest === name);
  if (found === undefined) return withHeaders(manifestUnknown({ Tag: name }), apiVersion);
  return {
    status: 200,
    headers: { 'content-type': found.mediaType, 'docker-content-digest': found.digest, ...apiVersion },
    body: found.bytes,
  };
}

function usualBlob(digest: string, repository: ProbeRepository): FullAnswer {
  const bytes = blobBytes(repository, digest);
  if (bytes !== undefined) return octets(bytes, { 'docker-content-digest': digest, ...apiVersion });
  return withHeaders(blobUnknown(), apiVersion);
}
