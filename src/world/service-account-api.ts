import { createHmac } from 'node:crypto';
import type { ServiceAccount } from '../cluster/objects.js';
import { stableUid } from '../cluster/stable-uid.js';
import { goQuote } from '../image/go-quote.js';
import type { ServiceAccountApi, ServiceAccountTokenRequest } from '../kubelet/provider-service-account.js';

export interface ServiceAccountApiOptions {
  /** The accounts of the manifests. */
  readonly findServiceAccount: (namespace: string, name: string) => ServiceAccount | undefined;
  readonly now: () => Date;
}

/** The part of the API server that gives a node's kubelet accounts and tokens, for credential providers. */
export function createServiceAccountApi({
  findServiceAccount,
  now,
}: ServiceAccountApiOptions): ServiceAccountApi {
  return {
    async getServiceAccount(namespace, name) {
      const account = findServiceAccount(namespace, name) ?? implicitAccount(namespace, name);
      if (account === undefined) throw new Error(`serviceaccounts ${goQuote(name)} not found`);
      return account;
    },
    requestToken: keepTokens(now, async (request, issuedSeconds) => signToken(request, issuedSeconds)),
  };
}

/** A controller makes the account `default` in every namespace. */
const implicitAccount = (namespace: string, name: string): ServiceAccount | undefined =>
  name === 'default'
    ? { metadata: { namespace, name, uid: stableUid('ServiceAccount', namespace, name) } }
    : undefined;

/** The lifetime that a TokenRequest without one gets. */
const lifetimeSeconds = 3600;

/** The kubelet keeps a token until four fifths of its life are over. */
const keptSeconds = 0.8 * lifetimeSeconds;

type Issue = (request: ServiceAccountTokenRequest, issuedSeconds: number) => Promise<string>;

function keepTokens(now: () => Date, issue: Issue): ServiceAccountApi['requestToken'] {
  const kept = new Map<string, { readonly token: Promise<string>; readonly issuedSeconds: number }>();
  return (request) => {
    const key = JSON.stringify(request);
    const nowSeconds = Math.floor(now().getTime() / 1000);
    const known = kept.get(key);
    if (known !== undefined && nowSeconds < known.issuedSeconds + keptSeconds) return known.token;
    const token = issue(request, nowSeconds);
    kept.set(key, { token, issuedSeconds: nowSeconds });
    return token;
  };
}

/**
 * A token with the claims that the API server writes. Nobody can verify it: its key is public, so that the same input gives
 * the same token.
 */
function signToken(request: ServiceAccountTokenRequest, issuedSeconds: number): string {
  const { namespace, name, uid, audience, pod } = request;
  const claims = {
    aud: [audience],
    exp: issuedSeconds + lifetimeSeconds,
    iat: issuedSeconds,
    iss: 'https://kubernetes.default.svc.cluster.local',
    jti: stableUid('TokenRequest', namespace, `${name}/${pod.uid}/${audience}/${issuedSeconds}`),
    'kubernetes.io': {
      namespace,
      pod: { name: pod.name, uid: pod.uid },
      serviceaccount: { name, uid },
    },
    nbf: issuedSeconds,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encoded).join('.');
  return `${signed}.${createHmac('sha256', 'pullsim').update(signed).digest('base64url')}`;
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
