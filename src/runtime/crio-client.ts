import type { Challenge } from '../wire/challenge.js';
import type { Credentials } from './auth-config.js';
import type { TlsSettings } from './connection.js';
import { challengesOf } from './crio-challenge.js';
import { registryError } from './crio-registry-error.js';
import { type CrioToken, fetchCrioToken } from './crio-token.js';
import { type ClientContext, type ClientResponse, sendFollowing } from './http-client.js';
import type { HttpUrl } from './http-url.js';
import { asPullError, PullError, wrapError } from './pull-error.js';
import { headerOf } from './transport.js';

type Headers = Readonly<Record<string, string | readonly string[]>>;

/**
 * containers/image's client of one registry (runtime.md §14.1): `GET /v2/` decides by its challenge how everything is
 * authorised.
 */
export interface CrioClient {
  /** @throws {@link PullError} when no answer came; any status is an answer */
  get(path: string, headers?: Headers): Promise<ClientResponse>;
  /** Without authorisation, from where a foreign layer says it is. */
  getForeign(url: HttpUrl): Promise<ClientResponse>;
}

export interface CrioClientOptions {
  /** As in references: `docker.io`. */
  readonly host: string;
  readonly repository: string;
  /** Empty: anonymous. */
  readonly credentials: Credentials;
  readonly tls: TlsSettings;
  readonly userAgent: string;
  readonly context: ClientContext;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export function createCrioClient(options: CrioClientOptions): CrioClient {
  const host = options.host === 'docker.io' ? 'registry-1.docker.io' : options.host;
  const authorize = authorizer(options);
  let detected: Promise<Detected> | undefined;
  return {
    async get(path, headers = {}) {
      detected ??= detect(host, options);
      const { scheme, challenges } = await detected;
      const url = { scheme, host, path, query: '' };
      return sendPatiently({ url, headers, authorize: (scope) => authorize(challenges, scope) }, options);
    },
    getForeign: (url) => sendPatiently({ url, headers: {} }, options),
  };
}

interface Detected {
  readonly scheme: 'https' | 'http';
  readonly challenges: readonly Challenge[];
}

/** Plain http is tried only where the registry is configured as insecure, loopback or not. */
async function detect(host: string, options: CrioClientOptions): Promise<Detected> {
  try {
    return await ping('https', host, options).catch((error) => {
      if (options.tls.skipVerify !== true) throw error;
      asPullError(error);
      return ping('http', host, options);
    });
  } catch (error) {
    throw wrapError(`pinging container registry ${host}: `, error);
  }
}

async function ping(scheme: Detected['scheme'], host: string, options: CrioClientOptions): Promise<Detected> {
  const url = { scheme, host, path: '/v2/', query: '' };
  const response = await sendPatiently({ url, headers: {} }, options);
  if (response.status !== 200 && response.status !== 401) {
    throw await registryError(response, {
      kind: 'status',
      status: response.status,
      host,
      url: `${scheme}://${host}/v2/`,
      anonymous: options.context.anonymous,
    });
  }
  response.discard();
  return { scheme, challenges: challengesOf(response) };
}

interface PatientRequest {
  readonly url: HttpUrl;
  readonly headers: Headers;
  /** Absent: sent without. */
  readonly authorize?: (scope: string | undefined) => Promise<string | undefined>;
}

const maxTries = 5;
const firstDelayMs = 2_000;
const maxDelayMs = 60_000;

/** 429 is tried again, as patiently as the registry asks; a missing scope is asked for once. */
async function sendPatiently(request: PatientRequest, options: CrioClientOptions): Promise<ClientResponse> {
  let delayMs = firstDelayMs;
  let scope: string | undefined;
  for (let tries = 1; ; tries++) {
    let response = await sendOnce(request, scope, options);
    const missing = tries === 1 && request.authorize !== undefined ? missingScope(response) : undefined;
    if (missing !== undefined) {
      scope = missing;
      response.discard();
      response = await sendOnce(request, scope, options);
    }
    if (response.status !== 429 || tries === maxTries) return response;
    response.discard();
    delayMs = Math.min(retryAfterMs(response, delayMs, options.now()), maxDelayMs);
    await options.sleep(delayMs);
    if (options.context.signal?.aborted) {
      throw new PullError('context canceled', { kind: 'other' }, 'Canceled');
    }
    delayMs *= 2;
  }
}

async function sendOnce(
  { url, headers, authorize }: PatientRequest,
  scope: string | undefined,
  { userAgent, tls, context }: CrioClientOptions,
): Promise<ClientResponse> {
  const authorization = await authorize?.(scope);
  return sendFollowing(
    {
      method: 'GET',
      url,
      headers: {
        'docker-distribution-api-version': 'registry/2.0',
        ...headers,
        'user-agent': userAgent,
        ...(authorization === undefined ? {} : { authorization }),
      },
      tls,
    },
    context,
  );
}

/** The scope of a 401 with `error="insufficient_scope"`, if it has the three parts of one. */
function missingScope(response: ClientResponse): string | undefined {
  if (response.status !== 401) return undefined;
  return challengesOf(response)
    .filter(({ scheme, parameters }) => scheme === 'bearer' && parameters.error === 'insufficient_scope')
    .map(({ parameters }) => parameters.scope)
    .find((scope) => scope?.split(':').length === 3);
}

/** `Retry-After` in seconds or as a date; what cannot be read, and dates gone by, leave the delay as it is. */
function retryAfterMs(response: ClientResponse, delayMs: number, now: Date): number {
  const header = headerOf(response, 'retry-after');
  if (/^[+-]?\d+$/.test(header)) return Number(header) * 1000;
  const untilMs = / GMT$/.test(header) ? Date.parse(header) - now.getTime() : Number.NaN;
  return untilMs > 0 ? untilMs : delayMs;
}

type Authorize = (challenges: readonly Challenge[], scope: string | undefined) => Promise<string | undefined>;

/** The first scheme that is known wins; Basic is sent even when there is nothing to send. */
function authorizer(options: CrioClientOptions): Authorize {
  const { username, secret } = options.credentials;
  const ownScope = `repository:${options.repository}:pull`;
  const tokens = new Map<string, CrioToken>();
  const bearer = async (challenge: Challenge, scope: string | undefined) => {
    const key = scope ?? '';
    const known = tokens.get(key);
    if (known !== undefined && options.now() <= known.expiresAt) return known;
    const scopes = scope === undefined ? [ownScope] : [ownScope, scope];
    const token = await fetchCrioToken({ ...options, challenge, scopes: scopes.filter(isWhole) });
    tokens.set(key, token);
    return token;
  };
  return async (challenges, scope) => {
    for (const challenge of challenges) {
      if (challenge.scheme === 'bearer') return `Bearer ${(await bearer(challenge, scope)).value}`;
      if (challenge.scheme === 'basic') {
        return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
      }
    }
    return undefined;
  };
}

/** A scope with an empty part is not asked for. */
const isWhole = (scope: string) => scope.split(':').every((part) => part !== '');
