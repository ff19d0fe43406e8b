import { apiVersion, errorAnswer, type FullAnswer, withHeaders } from './answers.js';

/** Who may ask for what. */
export const users: Readonly<Record<string, string>> = { alice: 'secret', bob: 'hunter2' };
export const refreshTokens: Readonly<Record<string, string>> = { 'refresh-alice': 'alice' };

/** A request as an authorisation policy sees it. */
export interface Asked {
  readonly authorization: string | undefined;
  readonly repository: string;
  readonly host: string;
  readonly now: Date;
}

/** `undefined`: go on; otherwise the refusal. */
export type Policy = (asked: Asked) => FullAnswer | undefined;

/** The probe's tokens are base64url JSON, not signed: nobody looks into them but the probe. */
export interface ProbeToken {
  readonly sub: string | null;
  readonly access: readonly { readonly name: string; readonly actions: readonly string[] }[];
  readonly exp: number;
}

export const encodeToken = (token: ProbeToken): string =>
  Buffer.from(JSON.stringify({ ...token, n: 0 })).toString('base64url');

export function decodeToken(text: string): ProbeToken | undefined {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as ProbeToken;
  } catch {
    return undefined;
  }
}

export function basicCredentials(header: string | undefined): readonly [string, string] | undefined {
  const encoded = /^Basic (.*)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

const realm = 'https://auth.example.com/token';

export const bearerChallenge = (host: string, repository: string, error = ''): string =>
  `Bearer realm="${realm}",service="${host}",scope="repository:${repository}:pull"${error === '' ? '' : `,error="${error}"`}`;

/** 401 with whatever challenge. */
export const challenged = (challenge?: string | readonly string[], detail?: unknown): FullAnswer =>
  errorAnswer(
    401,
    'UNAUTHORIZED',
    'authentication required',
    challenge === undefined ? {} : { 'www-authenticate': challenge, ...apiVersion },
    detail,
  );

export const unauthorized = (host: string, repository: string, error = ''): FullAnswer =>
  challenged(bearerChallenge(host, repository, error), [
    { Type: 'repository', Class: '', Name: repository, Action: 'pull' },
  ]);

const basicUnauthorized = () => challenged('Basic realm="Registry Realm"', null);

export const open: Policy = () => undefined;

export const bearer: Policy = ({ authorization, repository, host, now }) => {
  const text = /^Bearer (.*)$/i.exec(authorization ?? '')?.[1];
  if (text === undefined) return unauthorized(host, repository);
  const token = decodeToken(text);
  if (token === undefined || token.exp * 1000 < now.getTime())
    return unauthorized(host, repository, 'invalid_token');
  const may = token.access.some(({ name, actions }) => name === repository && actions.includes('pull'));
  return may ? undefined : unauthorized(host, repository, 'insufficient_scope');
};

/** Bearer with a challenge of one's own. */
export const bearerWith =
  (challenge: (asked: Asked) => string): Policy =>
  (asked) => {
    const refusal = bearer(asked);
    return refusal === undefined ? undefined : withHeaders(refusal, { 'www-authenticate': challenge(asked) });
  };

export const basic: Policy = ({ authorization }) => {
  const [user, password] = basicCredentials(authorization) ?? [];
  return user !== undefined && users[user] === password ? undefined : basicUnauthorized();
};

/** Any Basic header will do. */
export const anyBasic: Policy = ({ authorization }) =>
  basicCredentials(authorization) === undefined ? basicUnauthorized() : undefined;
