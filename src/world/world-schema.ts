import { type ErrorCode, errorCodes } from '../wire/error-codes.js';
import type { TextRule, ValueOf } from './shape.js';
import { choice, count, flag, list, map, number, object, optional, required, text } from './shape.js';

/**
 * The world file, `pullsim.yaml`, as one table. The published JSON Schema, the checks and the types come from it.
 * What one key says about another is checked in world-checks.ts.
 */

const hostRule: TextRule = {
  pattern:
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?$/,
  says: 'a host as image references name it, without scheme or path (registry.example.com:5000)',
};
const repositoryRule: TextRule = {
  pattern: /^(?=.{1,255}$)[a-z0-9]+(?:(?:\.|__|_|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__|_|-+)[a-z0-9]+)*)*$/,
  says: 'a repository name in lower case, without host and tag (team/app)',
};
const tagRule: TextRule = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
  says: 'a tag: letters, digits, _ . -, at most 128',
};
const digestRule: TextRule = {
  pattern: /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/,
  says: 'a digest (sha256: and 64 hexadecimal digits)',
};
const platformRule: TextRule = {
  pattern: /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/,
  says: 'a platform: os/architecture or os/architecture/variant (linux/amd64, linux/arm/v7)',
};
export const supportedVersion: TextRule = {
  pattern: /^v?1\.(?:3[0-6])(?:\.\d+)?$/,
  says: 'a Kubernetes version from "1.30" to "1.36"',
};
const bcryptRule: TextRule = {
  pattern: /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/,
  says: 'a bcrypt hash (`pullsim hash-password` makes one)',
};
const nodeNameRule: TextRule = {
  pattern: /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  says: 'a node name: lower-case letters, digits, - and .',
};
export const userRule: TextRule = {
  pattern: /^[^:\s\p{Cc}]{1,255}$/u,
  says: 'a user name without colon and white space',
};
const timeRule: TextRule = {
  pattern: /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/,
  says: 'a date or a time in RFC 3339 ("2027-01-31" or "2027-01-31T12:00:00Z")',
};

export const runtimeNames = ['containerd-2.3', 'containerd-1.7', 'containerd-1.6', 'cri-o'] as const;
export const authModes = ['token', 'basic', 'none'] as const;
export const tlsStates = ['trusted', 'unknown-ca', 'expired', 'wrong-name', 'http'] as const;
export const undeclaredModes = ['error', 'public', 'private'] as const;
export const defaultPlatforms: readonly string[] = ['linux/amd64', 'linux/arm64'];

const tagShape = object({
  platforms: optional(
    list(text(platformRule)),
    'Platforms of the index; linux/amd64 and linux/arm64 by default.',
  ),
});

export const repositoryShape = object({
  name: required(text(repositoryRule), 'Repository name without host: "library/nginx".'),
  visibility: optional(
    choice(['public', 'private']),
    'Who may pull without credentials; private by default.',
  ),
  tags: optional(map(tagShape, tagRule), 'Tags that exist; each is a multi-platform index.'),
  digests: optional(list(text(digestRule)), 'Digests that exist although nobody gave their content.'),
});

const secretFields = {
  password: optional(text(), 'Plain password, at most 72 bytes; for examples only.'),
  passwordHash: optional(text(bcryptRule), 'bcrypt hash of the password.'),
};

export const userShape = object({
  name: required(text(userRule), 'Name to log in with.'),
  ...secretFields,
  disabled: optional(flag(), 'A disabled account is refused like a wrong password.'),
});

export const robotShape = object({
  name: required(text(userRule), 'Name to log in with.'),
  ...secretFields,
  expires: optional(text(timeRule), 'When the account ends.'),
});

export const accessShape = object({
  users: optional(list(text()), 'Users and robots that the rule speaks of.'),
  groups: optional(list(text()), 'Groups that the rule speaks of.'),
  repositories: required(
    list(text()),
    'Repository patterns: "**" is every one, "team/*" one level below team.',
  ),
  actions: required(list(choice(['pull', 'push', 'create', 'delete', '*'])), 'What the rule allows.'),
  comment: optional(text(), 'Comes back in the reason of every decision that the rule makes.'),
});

export const faultFields = {
  id: optional(text(), 'Name in the journal.'),
  repository: optional(text(), 'Repository pattern; every one by default.'),
  operation: optional(
    choice(['token', 'ping', 'manifest', 'blob', 'upload', 'tags', 'referrers', 'catalog']),
    'Kind of request; every one of the registry by default; the token endpoint only when named.',
  ),
  method: optional(text(), 'HTTP method; every one by default.'),
  after: optional(count(), 'How many matching requests pass before it starts.'),
  times: optional(count(1), 'How many requests it strikes; all by default.'),
  kind: optional(
    choice([
      'latency',
      'status',
      'wrong-digest',
      'short-body',
      'cut',
      'slow-body',
      'expired-token',
      'clock-skew',
    ]),
    'What goes wrong; status by default where "status" is given, else latency.',
  ),
  latencyMs: optional(count(), 'Wait this long before answering.'),
  status: optional(count(400), 'Answer with this status.'),
  code: optional(choice(Object.keys(errorCodes) as ErrorCode[]), 'Error code of the body.'),
  message: optional(text(), 'Error message of the body.'),
  retryAfterSeconds: optional(count(), 'Retry-After of the answer.'),
  bytes: optional(count(), 'short-body: how much of the body is sent. cut: after how much.'),
  bytesPerSecond: optional(count(1), 'slow-body: its speed.'),
  seconds: optional(number(Number.NEGATIVE_INFINITY), "clock-skew: how far the registry's clock is off."),
};

const faultShape = object(faultFields);

const limitsShape = object({
  manifestBytes: optional(count(1), 'Largest manifest; 4194304 by default.'),
  blobBytes: optional(count(1), 'Largest blob; unlimited by default.'),
  openUploads: optional(count(1), 'Uploads that one user may have open; 500 by default.'),
  uploadIdleSeconds: optional(count(1), 'When an untouched upload is closed; 3600 by default.'),
  slowBody: optional(
    object({
      windowSeconds: optional(count(1), 'How long one window is; 20 by default.'),
      minBytes: optional(count(1), 'What a request body must bring in each window; 1024 by default.'),
    }),
    'When a request body that trickles is given up, so that it does not hold a connection for ever.',
  ),
  pulls: optional(
    object({
      limit: required(count(), 'Manifest GETs per client and window.'),
      windowSeconds: optional(count(1), 'Length of the window; 21600 by default.'),
      per: optional(choice(['user', 'address']), 'What a client is; user by default.'),
      perRepository: optional(flag(), 'Count each repository by itself; false by default.'),
      repository: optional(text(), 'Count only these repositories; all by default.'),
      operation: optional(
        choice(['manifest', 'referrers']),
        'What counts and is refused; manifest by default.',
      ),
      answer: optional(
        choice(['json', 'plain']),
        'Body of the refusal; plain is the bare text of the abuse limit.',
      ),
    }),
    'Pulls, as Docker Hub counts them.',
  ),
  logins: optional(
    object({
      failures: required(count(1), 'Failed logins of an account from an address before 429.'),
      windowSeconds: optional(count(1), 'How long it stays closed; 60 by default.'),
    }),
    'Login throttling, in serve only; off by default.',
  ),
});

const registryShape = object({
  host: required(text(hostRule), 'Name in image references; docker.io for Docker Hub.'),
  auth: optional(choice(authModes), 'token (default), basic, or none: anyone pulls, pushes, deletes.'),
  tls: optional(choice(tlsStates), 'What the node finds when it connects; trusted by default.'),
  repositories: optional(list(repositoryShape), 'Repositories that exist.'),
  users: optional(list(userShape), 'Accounts.'),
  htpasswd: optional(text(), 'File of bcrypt lines (`htpasswd -nbB`), beside the world file.'),
  groups: optional(map(list(text())), 'Group name to its users.'),
  robots: optional(list(robotShape), 'Accounts that may end.'),
  access: optional(list(accessShape), 'Who may do what; without it every user may do everything.'),
  delete: optional(flag(), 'Whether content may be deleted; true by default.'),
  catalog: optional(flag(), 'Whether /v2/_catalog exists; false by default.'),
  signingKey: optional(text(), 'PEM or JWK file that signs tokens; without it a key is made at start.'),
  layout: optional(text(), 'Folder with OCI image layouts to serve from and push to; memory without it.'),
  faults: optional(list(faultShape), 'What goes wrong, and when.'),
  limits: optional(limitsShape, 'Rate and size limits.'),
});

const nodeShape = object({
  name: required(text(nodeNameRule), 'Name of the node.'),
  platform: optional(text(platformRule), 'linux/amd64 by default.'),
  kubernetesVersion: optional(text(supportedVersion), 'Version of its kubelet; 1.36 by default.'),
  runtime: optional(choice(runtimeNames), 'Container runtime; containerd-2.3 by default.'),
  images: optional(list(text()), 'Images that the node already holds.'),
  labels: optional(map(text()), 'Labels beyond kubernetes.io/hostname, /os and /arch.'),
  dockerConfig: optional(
    text(),
    "The node's docker config.json, or the kubelet's folder with a config.json or .dockercfg.",
  ),
  hostsDir: optional(text(), "containerd's config_path: a folder of hosts.toml trees."),
  registriesConf: optional(text(), "CRI-O's registries.conf."),
  kubeletConfig: optional(text(), 'A KubeletConfiguration file.'),
  credentialProviders: optional(
    object({
      config: required(text(), 'A CredentialProviderConfig file; since 1.34 also a folder of them.'),
      binDir: required(text(), 'Folder of the provider executables.'),
    }),
    'Credential provider plugins of the kubelet.',
  ),
});

export const worldShape = object({
  apiVersion: required(choice(['pullsim/v1']), 'Always pullsim/v1.'),
  kind: required(choice(['World']), 'Always World.'),
  registries: optional(list(registryShape), 'Registries; the first serves clients that name no known host.'),
  undeclared: optional(choice(undeclaredModes), 'What a registry not listed here is; error by default.'),
  nodes: optional(list(nodeShape), 'Nodes; one node-1 by default.'),
  kubernetesVersion: optional(
    text(supportedVersion),
    "Version of the API server and kubectl; the highest node's by default.",
  ),
  alwaysPullImages: optional(
    flag(),
    'Whether the AlwaysPullImages admission plugin is on; false by default.',
  ),
});

/** A world file as written. */
export type WorldDocument = ValueOf<typeof worldShape>;
export type RegistryDocument = ValueOf<typeof registryShape>;
export type NodeDocument = ValueOf<typeof nodeShape>;
