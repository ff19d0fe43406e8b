/**
 * What differs between containerd releases when they pull an image (runtime.md §11). Each member says which behaviour
 * it chooses; the code has no version numbers.
 */
export interface ContainerdProfile {
  readonly version: string;
  /** `git describe` of the build, also sent to token endpoints. */
  readonly userAgent: string;
  /** 2.1 and later pull by the transfer service; all before, and 2.1+ when forced, by `client.Pull`. */
  readonly pull: 'transfer' | 'local';
  /** Tries of one request against one host, answers and transport failures together. */
  readonly tries: number;
  /** Repeats a request whose connection was closed, on the last host, after 50 ms (2.3.2+). */
  readonly retriesClosedConnections: boolean;
  /** Repeats 500, 503 and 504 once on the last host (2.1+). */
  readonly retriesServerErrors: boolean;
  /** Milliseconds; `null`: waits for ever (before 2.3.0). */
  readonly responseHeaderTimeoutMs: number | null;
  /** Which host's error is shown: by class status > 404 > transport (2.x), or the first that is no 404 (1.x). */
  readonly errorPrecedence: 'class' | 'first-but-404';
  /** A digest is looked for under `blobs/` also when `manifests/` answered 403 or 5xx. */
  readonly triesBlobsAfterStatusErrors: boolean;
  /** A HEAD that was forbidden is repeated as GET, to show the registry's words (2.3.3+). */
  readonly repeatsForbiddenAsGet: boolean;
  /** A failed GET for a manifest without digest header is an error (2.3.0+); before, its body was taken for the manifest. */
  readonly checksManifestGetStatus: boolean;
  /** `request`: `unexpected status from HEAD request to URL: 403 Forbidden`. `host`: `pulling from host H failed with …`. */
  readonly resolveStatusText: 'request' | 'host';
  /** `request`: as above with the registry's words in a second line. `code`: `unexpected status code URL: … - Server message: …`. */
  readonly fetchStatusText: 'request' | 'code';
  readonly tokenStatusText: 'request' | 'bare';
  /** A challenge with `error=` on the first answer makes a new token (≥ 1.6.32, 1.7.16, 2.0). */
  readonly renewsRefusedTokens: boolean;
  /** ≥ 1.7.28, 2.x. */
  readonly honoursTokenExpiry: boolean;
  /** Basic without credentials has a text of its own (≥ 1.6.25, 1.7.8, 2.x). */
  readonly namesMissingBasicCredentials: boolean;
  readonly sendsHostHeadersToTokenServer: boolean;
  /** What Go's TLS puts before an x509 text: nothing before Go 1.20. */
  readonly tlsPrefix: string;
  /** Query values in transport errors are replaced by `[REDACTED]`. */
  readonly redactsTransportUrls: boolean;
  /** Loopback registries with a port: unverified https, then http; or plain http. */
  readonly loopbackScheme: 'https-then-http' | 'http';
  /** Without a port also a refused connection makes loopback fall back (1.7.24+, 2.x). */
  readonly fallsBackOnRefused: boolean;
  /** `Accept-Encoding` of content GETs; `null`: Go's own transparent gzip. */
  readonly contentEncodings: string | null;
  readonly shortReadText: 'counts' | 'plain';
  readonly wrongDiffIdText: 'long' | 'short';
  readonly schema1: 'refused' | 'signatures';
  /** `repository name (SC/App) must be lowercase`, or without the name in parentheses. */
  readonly namesUppercaseRepository: boolean;
  /** A hosts.toml without any `[host]` table cannot be used (1.6): the directory is read in Docker's layout. */
  readonly needsHostTables: boolean;
  /** Layers of unknown types are unpacked all the same, and that fails (1.6). */
  readonly unpacksUnknownLayers: boolean;
  /** `config_path` may be several directories, split at `:`. */
  readonly splitsConfigPath: boolean;
  /** Messages of codes other than Unknown go through printf: `%3A` becomes `%!A(MISSING)`. */
  readonly formatsMappedMessages: boolean;
}

const containerd23: ContainerdProfile = {
  version: 'v2.3.4',
  userAgent: 'containerd/v2.3.4',
  pull: 'transfer',
  tries: 5,
  retriesClosedConnections: true,
  retriesServerErrors: true,
  responseHeaderTimeoutMs: 30_000,
  errorPrecedence: 'class',
  triesBlobsAfterStatusErrors: false,
  repeatsForbiddenAsGet: true,
  checksManifestGetStatus: true,
  resolveStatusText: 'request',
  fetchStatusText: 'request',
  tokenStatusText: 'request',
  renewsRefusedTokens: true,
  honoursTokenExpiry: true,
  namesMissingBasicCredentials: true,
  sendsHostHeadersToTokenServer: true,
  tlsPrefix: 'tls: failed to verify certificate: ',
  redactsTransportUrls: true,
  loopbackScheme: 'https-then-http',
  fallsBackOnRefused: true,
  contentEncodings: 'zstd;q=1.0, gzip;q=0.8, deflate;q=0.5',
  shortReadText: 'counts',
  wrongDiffIdText: 'long',
  schema1: 'refused',
  namesUppercaseRepository: true,
  needsHostTables: false,
  unpacksUnknownLayers: false,
  splitsConfigPath: false,
  formatsMappedMessages: false,
};

const containerd17: ContainerdProfile = {
  ...containerd23,
  version: 'v1.7.34',
  userAgent: 'containerd/v1.7.34',
  pull: 'local',
  tries: 6,
  retriesClosedConnections: false,
  retriesServerErrors: false,
  responseHeaderTimeoutMs: null,
  errorPrecedence: 'first-but-404',
  triesBlobsAfterStatusErrors: true,
  repeatsForbiddenAsGet: false,
  checksManifestGetStatus: false,
  fetchStatusText: 'code',
  sendsHostHeadersToTokenServer: false,
  contentEncodings: null,
  shortReadText: 'plain',
  wrongDiffIdText: 'short',
  schema1: 'signatures',
  splitsConfigPath: true,
};

const containerd16: ContainerdProfile = {
  ...containerd17,
  version: '1.6.20~ds1',
  userAgent: 'containerd/1.6.20~ds1',
  resolveStatusText: 'host',
  tokenStatusText: 'bare',
  renewsRefusedTokens: false,
  honoursTokenExpiry: false,
  namesMissingBasicCredentials: false,
  tlsPrefix: '',
  redactsTransportUrls: false,
  loopbackScheme: 'http',
  fallsBackOnRefused: false,
  namesUppercaseRepository: false,
  needsHostTables: true,
  unpacksUnknownLayers: true,
  formatsMappedMessages: true,
};

/** The releases that a world's node can run (DESIGN §3.2). */
export const containerdProfiles = {
  'containerd-2.3': containerd23,
  'containerd-1.7': containerd17,
  'containerd-1.6': containerd16,
} as const satisfies Record<string, ContainerdProfile>;

export type ContainerdRelease = keyof typeof containerdProfiles;
