import type { Dial, DialDecision, DialTarget, NetworkFailure } from '../runtime/pull.js';
import { wireNames } from './wire-names.js';
import type { WorldRegistry } from './world.js';

/** Where the mock registry listens. */
export interface MockAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Connects image hosts to the mock, so that manifests keep their real names and no DNS is asked. TLS states of the
 * world become the failures that a node would see.
 *
 * @param now when an expired certificate is looked at
 */
export function dialMock(
  registries: readonly Pick<WorldRegistry, 'host' | 'tls'>[],
  mock: MockAddress,
  { now }: { readonly now: () => Date },
): Dial {
  const states = new Map<string, WorldRegistry['tls']>();
  for (const { host, tls } of registries)
    for (const authority of wireNames(host).authorities) states.set(authority.toLowerCase(), tls);
  const connect: DialDecision = { connect: { ...mock, plain: true } };
  return (target) => {
    const tls = states.get(target.host.toLowerCase());
    if (tls === undefined) return { fail: { kind: 'no-such-host', server: clusterDns } };
    const failure = tlsFailures[tls](target, now());
    return failure === undefined ? connect : { fail: failure };
  };
}

/** The name server of a kubeadm cluster's nodes as error texts print it (kubelet.md §5.4). */
const clusterDns = '10.96.0.10:53';

/** A certificate that ended a day before it is looked at. */
const dayMs = 24 * 60 * 60 * 1000;

type TlsFailure = (target: DialTarget, now: Date) => NetworkFailure | undefined;

/** What a node of this world finds at an https address. */
const tlsFailures: Record<WorldRegistry['tls'], TlsFailure> = {
  trusted: () => undefined,
  http: onHttps(() => ({ kind: 'http-on-https' })),
  // Authorities that a node is given for a host are taken to be the ones that it needs.
  'unknown-ca': verified((target) => (target.hasOwnAuthorities ? undefined : { kind: 'unknown-authority' })),
  expired: verified((_, now) => ({ kind: 'expired', now, notAfter: new Date(now.getTime() - dayMs) })),
  'wrong-name': verified(({ host }) => ({
    kind: 'wrong-name',
    names: ['registry.invalid'],
    host: host.replace(/:\d+$/, ''),
  })),
};

function onHttps(failure: TlsFailure): TlsFailure {
  return (target, now) => (target.protocol === 'https' ? failure(target, now) : undefined);
}

function verified(failure: TlsFailure): TlsFailure {
  return onHttps((target, now) => (target.skipsVerification ? undefined : failure(target, now)));
}
