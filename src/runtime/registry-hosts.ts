import type { ContainerdProfile } from '../versions/containerd.js';
import type { Credentials } from './auth-config.js';
import { type Authorizer, createAuthorizer } from './authorizer.js';
import type { TlsSettings } from './connection.js';
import type { HostsDirectory } from './hosts-directory.js';
import { allCapabilities, type Capability, type HostConfig, readHostConfigs } from './hosts-file.js';
import type { ClientContext, SchemeFallback } from './http-client.js';
import { hostName, hostPort } from './http-url.js';
import { PullError } from './pull-error.js';

/** One host of the list that a resolver or fetcher asks in order. */
export interface RegistryHost {
  readonly scheme: string;
  readonly host: string;
  /** `/v2`, or what the hosts file says. */
  readonly path: string;
  readonly capabilities: readonly Capability[];
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly tls: TlsSettings;
  readonly fallback?: SchemeFallback;
  readonly authorizer: Authorizer;
}

export interface HostListOptions {
  readonly profile: ContainerdProfile;
  readonly hosts?: HostsDirectory | undefined;
  readonly credentials: (host: string) => Credentials;
  readonly context: ClientContext;
  readonly now: () => Date;
}

/**
 * The hosts for one reference host, mirrors first, each with its authorizer; built anew for resolving and for fetching, so
 * that each of them starts anonymous (runtime.md §1, §4).
 *
 * @throws {@link PullError} for certificate files that cannot be read
 */
export function registryHosts(referenceHost: string, options: HostListOptions): readonly RegistryHost[] {
  const { hosts, profile } = options;
  const configs = hosts === undefined ? undefined : readHostConfigs(hosts, referenceHost, profile);
  const shared = newAuthorizer(sharedTls, {}, options);
  return (configs ?? [unconfigured])
    .map((config) => (config.host === '' ? { ...config, ...defaultHost(referenceHost, profile) } : config))
    .map((config) => registryHost(config, shared, options));
}

/** True for a host that stands in for the reference's own: its requests carry `?ns=`. */
export const isProxy = (host: string, referenceHost: string): boolean =>
  host !== referenceHost && !(referenceHost === 'docker.io' && host === 'registry-1.docker.io');

/** `localhost`, `127.*`, `::1`, with or without port. */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

const unconfigured: HostConfig = { scheme: '', host: '', path: '', capabilities: allCapabilities };

/** Hosts without TLS settings of their own share a client, and with it their connections. */
const sharedTls: TlsSettings = {};

function defaultHost(
  referenceHost: string,
  profile: ContainerdProfile,
): Pick<HostConfig, 'scheme' | 'host' | 'path' | 'capabilities' | 'skipVerify'> {
  const base = { path: '/v2', capabilities: allCapabilities };
  if (referenceHost === 'docker.io') return { ...base, scheme: 'https', host: 'registry-1.docker.io' };
  if (!isLoopback(referenceHost)) return { ...base, scheme: 'https', host: referenceHost };
  if (profile.loopbackScheme === 'http') return { ...base, scheme: 'http', host: referenceHost };
  const port = hostPort(referenceHost);
  const scheme = port === '' || port === '443' ? 'https' : 'http';
  return { ...base, scheme, host: referenceHost, ...(port === '80' ? {} : { skipVerify: true }) };
}

function registryHost(config: HostConfig, shared: Authorizer, options: HostListOptions): RegistryHost {
  const { profile } = options;
  const ownTls =
    config.caFiles !== undefined || config.clientFiles !== undefined || config.skipVerify !== undefined;
  const headers = config.headers ?? {};
  const tokenHeaders = profile.sendsHostHeadersToTokenServer ? headers : {};
  const ownHeaders = Object.keys(tokenHeaders).length > 0;
  const tls = ownTls ? tlsSettings(config, options.hosts) : sharedTls;
  // A plain http host with TLS settings is tried over https first, unless its port says http.
  const triesTls = config.scheme === 'http' && ownTls && hostPort(config.host) !== '80';
  const fallback = triesTls ? { onRefused: profile.fallsBackOnRefused } : undefined;
  return {
    scheme: triesTls ? 'https' : config.scheme,
    host: config.host,
    path: config.path,
    capabilities: config.capabilities,
    headers,
    tls,
    ...(fallback === undefined ? {} : { fallback }),
    authorizer: ownTls || ownHeaders ? newAuthorizer(tls, tokenHeaders, options, fallback) : shared,
  };
}

function newAuthorizer(
  tls: TlsSettings,
  headers: Readonly<Record<string, readonly string[]>>,
  { profile, credentials, context, now }: HostListOptions,
  fallback?: SchemeFallback,
): Authorizer {
  const tokenClient = { tls, headers, ...(fallback === undefined ? {} : { fallback }) };
  return createAuthorizer({ profile, credentials, context, now, tokenClient });
}

function tlsSettings(config: HostConfig, hosts: HostsDirectory | undefined): TlsSettings {
  const read = (kind: 'CA cert' | 'CERT file', path: string) => {
    const text = hosts?.read(path);
    if (text === undefined) {
      throw new PullError(`unable to read ${kind} "${path}": open ${path}: no such file or directory`, {
        kind: 'other',
      });
    }
    return text;
  };
  const ca = config.caFiles?.map((file) => {
    const text = read('CA cert', file);
    if (!text.includes('-----BEGIN CERTIFICATE-----')) {
      throw new PullError(`unable to load CA cert "${file}"`, { kind: 'other' });
    }
    return text;
  });
  const clientCertificates = config.clientFiles?.map(([cert, key]) => ({
    cert: read('CERT file', cert),
    key: read('CERT file', key === '' ? cert : key),
  }));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificates === undefined ? {} : { clientCertificates }),
    ...(config.skipVerify === undefined ? {} : { skipVerify: config.skipVerify }),
  };
}
