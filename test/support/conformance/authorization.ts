import { send } from '../http-exchange.js';
import { forgeToken } from './jwt.js';
import { passwordOf, repositories } from './names.js';
import { type ConformanceServer, issuer, service } from './server.js';
import type { StepRequest } from './vector.js';

/** What the auth word of a request turns into. */
export interface AuthContext {
  readonly server: ConformanceServer;
  readonly personality: 'distribution' | 'htpasswd';
  readonly method: string;
  /** Substituted, with its query. */
  readonly path: string;
  readonly substitute: (text: string) => string;
}

/**
 * The `Authorization` header for an auth word; `undefined` for none.
 *
 * @throws for a word that the vectors do not explain
 */
export async function authorizationFor(
  auth: NonNullable<StepRequest['auth']>,
  context: AuthContext,
): Promise<string | undefined> {
  if (typeof auth === 'object')
    return `Bearer ${forgeToken(auth.jwt, context.server.clock.now, context.substitute)}`;
  if (auth === 'none') return undefined;
  if (auth === 'admin') return asUser('admin', context);
  const [kind, rest = ''] = split(auth);
  if (kind === 'user') return asUser(rest, context);
  if (kind === 'basic') {
    const [user, password = passwordOf(user)] = split(rest);
    return basic(user, context.substitute(password));
  }
  if (kind === 'token') return `Bearer ${await tokenFor(context.substitute(rest), context)}`;
  throw new Error(`the auth "${auth}" is not explained`);
}

/** At the first colon; what follows may hold more of them. */
function split(text: string): [string, string?] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function asUser(user: string, context: AuthContext): Promise<string> | string {
  const header = basic(user, passwordOf(user));
  // The token endpoint itself takes passwords.
  if (context.personality === 'htpasswd' || /^\/token(\?|$)/.test(context.path)) return header;
  return askToken(context, scopesOf(context), { authorization: header }).then((token) => `Bearer ${token}`);
}

async function tokenFor(word: string, context: AuthContext): Promise<string> {
  const { server } = context;
  switch (word) {
    case 'anonymous':
      return askToken(context, scopesOf(context), {});
    case 'none':
      return signToken(server, []);
    case 'any':
      return signToken(server, [{ type: 'repository', name: 'any/thing', actions: ['pull'] }]);
    case 'pull':
    case 'push':
      return signToken(server, [
        { type: 'repository', name: repositoryOf(context.path) ?? '', actions: [word] },
      ]);
    default: {
      const [, type, name, actions] = /^([^:]+):(.+):([^:]*)$/.exec(word) ?? [];
      if (type === undefined || name === undefined) throw new Error(`the token "${word}" is not explained`);
      return signToken(server, [
        { type, name, actions: (actions ?? '').split(',').filter((action) => action !== '') },
      ]);
    }
  }
}

/** `{tok:U}`: everything that a client needs on {private}. */
export function privateToken(server: ConformanceServer, user: string): string {
  return signToken(
    server,
    [{ type: 'repository', name: repositories.private, actions: ['pull', 'push', 'delete'] }],
    user,
  );
}

function signToken(server: ConformanceServer, access: readonly object[], subject = 'rw'): string {
  const seconds = Math.floor(server.clock.now.getTime() / 1000);
  return server.keys.sign({
    iss: issuer,
    sub: subject,
    aud: service,
    exp: seconds + 300,
    nbf: seconds - 10,
    iat: seconds,
    access,
  });
}

async function askToken(
  { server }: AuthContext,
  scopes: readonly string[],
  headers: Record<string, string>,
): Promise<string> {
  const query = [`service=${service}`, ...scopes.map((scope) => `scope=${encodeURIComponent(scope)}`)].join(
    '&',
  );
  const answer = await send({ port: server.port, path: `/token?${query}`, headers });
  if (answer.status === 200) return String((answer.json() as { token: string }).token);
  // A name that no token can speak of: the request is refused for its name, not for its token.
  if ([400, 414, 431].includes(answer.status) && scopes.length > 0)
    return askToken({ server } as AuthContext, [], headers);
  throw new Error(`the token server answered ${answer.status}: ${answer.text}`);
}

/** registry.md §8.2: what a request needs. */
function scopesOf({ method, path }: AuthContext): readonly string[] {
  if (/^\/v2\/_catalog/.test(path)) return ['registry:catalog:*'];
  const repository = repositoryOf(path);
  if (repository === undefined) return [];
  const isSession = /\/blobs\/uploads\/[^/?]/.test(path);
  const needsDelete = method === 'DELETE' && !isSession;
  const actions = needsDelete
    ? 'delete'
    : method === 'GET' && !isSession
      ? 'pull'
      : method === 'HEAD'
        ? 'pull'
        : 'pull,push';
  const query = new URLSearchParams(path.split('?')[1] ?? '');
  const source = query.has('mount') ? query.get('from') : null;
  const own = `repository:${repository}:${actions}`;
  return source === null ? [own] : [own, `repository:${source}:pull`];
}

function repositoryOf(path: string): string | undefined {
  return /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\/[^/?]*(?:\/[^/?]*)?(?:\?|$)/.exec(
    withoutUploads(path),
  )?.[1];
}

const withoutUploads = (path: string) => path.replace(/\/blobs\/uploads(\/[^/?]*)?(?=\?|$)/, '/blobs/x');
