import type { Pod, PodSpec, Secret, ServiceAccount } from '../../src/cluster/objects.js';
import type { FieldPath, Sourced } from '../../src/cluster/source.js';
import type { Credential } from '../../src/credentials/credential.js';
import { createKeyring, type Keyring, KeyringError } from '../../src/credentials/keyring.js';
import type {
  AttemptFacts,
  ClusterFacts,
  ImageFacts,
  NodeFacts,
  PodFacts,
  RefusedSecret,
  RegistryFacts,
} from '../../src/diagnosis/facts.js';
import { InvalidImageName, parseImageName } from '../../src/image/reference.js';
import type { PullFailure } from '../../src/wire/pull-failure.js';

/** What a scripted registry answers to one credential (`null`: anonymous); `null` as answer: the pull worked. */
export type Answer = (credential: Credential | null) => PullFailure | null;

export interface ScriptedImage {
  readonly image: string;
  readonly container?: string;
  readonly kind?: ImageFacts['kind'];
  readonly policy?: 'Always' | 'IfNotPresent' | 'Never';
  /** How the registry answers; by default everything is pulled. */
  readonly answer?: Answer;
  /** Instead of a pull. */
  readonly verdict?: 'present' | 'unknown' | 'blocked';
  readonly blockedBy?: string;
}

export interface Situation {
  readonly namespace?: string;
  readonly name?: string;
  readonly owner?: string;
  readonly images: readonly (string | ScriptedImage)[];
  /** The pod's own list. */
  readonly list?: readonly string[];
  readonly serviceAccountName?: string;
  readonly secrets?: readonly Secret[];
  readonly serviceAccounts?: readonly ServiceAccount[];
  readonly refusedSecrets?: readonly { readonly secret: Secret; readonly message: string }[];
  readonly registries?: RegistryFacts['registries'];
  readonly node?: Partial<NodeFacts>;
  readonly nodeAuths?: Readonly<Record<string, { username?: string; password?: string }>>;
  readonly alwaysPullImages?: boolean;
  readonly declaredSecrets?: ClusterFacts['declaredSecrets'];
  readonly replacedServiceAccounts?: readonly ServiceAccount[];
  /** The account as it is now, where the pod was admitted with another. */
  readonly accountNow?: ServiceAccount;
  readonly pullSecretLists?: ClusterFacts['pullSecretLists'];
  readonly past?: PodFacts['past'];
  /** Changes the object as written, for example to put a field where it does not belong. */
  readonly write?: (object: Record<string, unknown>) => void;
}

/** Facts as a run would record them: admission, keyring and attempts are real, only the registry is scripted. */
export function podFacts(situation: Situation): PodFacts {
  const namespace = situation.namespace ?? 'default';
  const name = situation.name ?? 'web';
  const secrets = (situation.secrets ?? []).map((secret, index) => sourced(secret, 'secret.yaml', index));
  const accounts = withDefaultAccount(namespace, situation.serviceAccounts ?? []).map((account, index) =>
    sourced(account, 'account.yaml', index),
  );
  const images = situation.images.map((image) => (typeof image === 'string' ? { image } : image));
  const written = writtenObject(situation, name, images);
  const account = accounts.find(
    ({ object }) =>
      object.metadata.namespace === namespace &&
      object.metadata.name === (situation.serviceAccountName ?? 'default'),
  );
  const { list, from } = admittedList(situation, account?.object);
  const found = list.flatMap((secret) =>
    secrets.filter(
      ({ object }) =>
        (object.metadata.namespace ?? 'default') === namespace && object.metadata.name === secret,
    ),
  );
  const keyring = keyringOf(
    found.map(({ object }) => object),
    situation,
  );
  const pod: Pod = {
    metadata: { name, namespace },
    spec: {
      containers: [],
      serviceAccountName: situation.serviceAccountName ?? 'default',
      ...(list.length > 0 && { imagePullSecrets: list.map((secret) => ({ name: secret })) }),
    },
  };
  return {
    pod,
    written: sourced(written.object, 'pod.yaml', 0),
    specPath: written.specPath,
    pullSecretsFrom: from,
    ...(account !== undefined && { serviceAccount: account }),
    ...(situation.past !== undefined && { past: situation.past }),
    missingSecrets: list.filter(
      (secret) => secret !== '' && !found.some(({ object }) => object.metadata.name === secret),
    ),
    ignoredSecrets: keyring.ring?.ignored ?? [],
    ...(keyring.error !== undefined && { keyringError: keyring.error }),
    images: images.map((image, index) => imageFacts(image, index, keyring.ring)),
    node: {
      name: 'node-1',
      platform: 'linux/amd64',
      kubernetesVersion: '1.36',
      images: [],
      ...situation.node,
    },
    cluster: clusterFacts(situation, secrets, accountsNow(situation) ?? accounts),
    registries: { registries: situation.registries ?? [] },
  };
}

/** A secret as `kubectl create secret docker-registry` writes it, in the namespace `default`. */
export function pullSecret(
  name: string,
  auths: Readonly<Record<string, unknown>>,
  overrides: { namespace?: string; type?: string; content?: unknown; key?: string } = {},
): Secret {
  const content = overrides.content ?? { auths };
  return rawSecret(name, typeof content === 'string' ? content : JSON.stringify(content), overrides);
}

/** A secret with this text under its key. */
export function rawSecret(
  name: string,
  text: string,
  { namespace = 'default', type = 'kubernetes.io/dockerconfigjson', key = '.dockerconfigjson' } = {},
): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, uid: `uid-${namespace}-${name}` },
    type,
    data: { [key]: Buffer.from(text).toString('base64') },
  };
}

/** One entry with a good `auth`. */
export const login = (username: string, password = 'pw'): Record<string, string> => ({
  username,
  password,
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});

export const account = (name: string, secrets: readonly string[], namespace = 'default'): ServiceAccount => ({
  metadata: { name, namespace },
  imagePullSecrets: secrets.map((secret) => ({ name: secret })),
});

const accountsNow = ({ accountNow: now }: Situation) =>
  now === undefined ? undefined : [sourced(now, 'account.yaml', 0)];

type DeclaredRegistry = RegistryFacts['registries'][number];

/** `registry('reg.io', { 'team/app': ['1.0'] }, { users: ['ci'] })`: private unless the name starts with `public `. */
export function registry(
  host: string,
  repositories: Readonly<Record<string, readonly string[]>>,
  { users = [] as readonly string[], platforms = ['linux/amd64', 'linux/arm64'] as readonly string[] } = {},
): DeclaredRegistry {
  return {
    host,
    auth: 'token',
    users,
    repositories: Object.entries(repositories).map(([name, tags]) => ({
      name: name.replace(/^public /, ''),
      visibility: name.startsWith('public ') ? ('public' as const) : ('private' as const),
      tags: Object.fromEntries(tags.map((tag) => [tag, { platforms }])),
      ...(!name.startsWith('public ') && { pullers: users }),
    })),
  };
}

/** A private repository of a token registry: only these users with the password `pw` may pull. */
export const privateTo =
  (...users: readonly string[]): Answer =>
  (credential) => {
    if (credential === null || credential.password === '')
      return { kind: 'insufficient-scope', host: 'reg.io', error: 'insufficient_scope', anonymous: true };
    if (credential.password !== 'pw')
      return { kind: 'token-refused', realm: 'https://reg.io/token', status: 401, anonymous: false };
    return users.includes(credential.username)
      ? null
      : { kind: 'insufficient-scope', host: 'reg.io', error: 'insufficient_scope', anonymous: false };
  };

/** A public repository: anonymous works, a wrong password does not. */
export const publicImage: Answer = (credential) =>
  credential === null ? null : credential.password === 'pw' ? null : privateTo()(credential);

export const notFound: Answer = () => ({ kind: 'manifest-not-found', reference: 'x' });

/** Always this failure. */
export const failing =
  (failure: PullFailure): Answer =>
  () =>
    failure;

/** An object whose fields stand at `file:10`, `file:20` … by its place; `locate` keeps the path for assertions. */
export function sourced<T>(object: T, file: string, index: number): Sourced<T> {
  const line = (index + 1) * 10;
  return {
    object,
    source: { file, line },
    written: object,
    locate: (path: FieldPath) => ({ file: `${file}#${path.join('.')}`, line }),
  };
}

function withDefaultAccount(
  namespace: string,
  accounts: readonly ServiceAccount[],
): readonly ServiceAccount[] {
  const has = accounts.some(
    ({ metadata }) => metadata.name === 'default' && metadata.namespace === namespace,
  );
  return has ? accounts : [...accounts, { metadata: { name: 'default', namespace } }];
}

function admittedList(situation: Situation, account: ServiceAccount | undefined) {
  if (situation.list !== undefined && situation.list.length > 0)
    return { list: situation.list, from: 'pod' as const };
  const list = (account?.imagePullSecrets ?? []).map(({ name }) => name ?? '');
  return list.length > 0
    ? { list, from: 'serviceAccount' as const }
    : { list: [] as string[], from: 'nobody' as const };
}

function writtenObject(situation: Situation, name: string, images: readonly ScriptedImage[]) {
  const [kind = 'Pod', ownerName = name] = (situation.owner ?? `Pod/${name}`).split('/');
  const spec: PodSpec = {
    containers: images.map((image, index) => ({ name: containerOf(image, index), image: image.image })),
    ...(situation.list !== undefined && {
      imagePullSecrets: situation.list.map((secret) => ({ name: secret })),
    }),
  };
  const object: Record<string, unknown> = {
    kind,
    metadata: { name: ownerName, namespace: situation.namespace },
    spec: kind === 'Pod' ? spec : { template: { spec } },
  };
  situation.write?.(object);
  return { object, specPath: kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'] };
}

function keyringOf(
  secrets: readonly Secret[],
  { nodeAuths }: Situation,
): { readonly ring?: Keyring; readonly error?: { secret: string; message: string } } {
  try {
    return {
      ring: createKeyring({ secrets, ...(nodeAuths !== undefined && { node: { auths: nodeAuths } }) }),
    };
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    return { error: { secret: error.secret.name, message: error.message } };
  }
}

const containerOf = (image: ScriptedImage, index: number): string =>
  image.container ?? (index === 0 ? 'app' : `app-${index + 1}`);

function imageFacts(scripted: ScriptedImage, index: number, ring: Keyring | undefined): ImageFacts {
  const name = nameOf(scripted.image);
  const pullPolicy = scripted.policy ?? (name.tag === 'latest' ? 'Always' : 'IfNotPresent');
  const common = {
    container: containerOf(scripted, index),
    kind: scripted.kind ?? ('container' as const),
    path: ['containers', index, 'image'],
    image: scripted.image,
    ...name,
    pullPolicy,
    considered: name.repository === null ? [] : (ring?.consider(name.repository) ?? []),
    attempts: [],
  };
  if (name.repository === null) return { ...common, verdict: 'failed', reason: 'InvalidImageName' };
  if (scripted.verdict !== undefined)
    return {
      ...common,
      verdict: scripted.verdict,
      reason: null,
      ...(scripted.blockedBy !== undefined && { blockedBy: scripted.blockedBy }),
    };
  if (pullPolicy === 'Never') return { ...common, verdict: 'failed', reason: 'ErrImageNeverPull' };
  if (ring === undefined) return { ...common, verdict: 'failed', reason: 'illegal base64 data' };
  const attempts = attemptsOf(scripted.answer ?? (() => null), ring.lookup(name.repository));
  const pulled = attempts.at(-1)?.failure === null;
  return {
    ...common,
    attempts,
    verdict: pulled ? 'pulled' : 'failed',
    reason: pulled ? null : 'ErrImagePull',
  };
}

function nameOf(image: string): Pick<ImageFacts, 'repository' | 'tag' | 'digest' | 'nameError'> {
  try {
    const { repository, tag, digest } = parseImageName(image);
    return { repository, tag, digest };
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    return { repository: null, tag: '', digest: '', nameError: error.reason };
  }
}

function attemptsOf(answer: Answer, credentials: readonly Credential[]): AttemptFacts[] {
  if (credentials.length === 0) return [{ credential: null, failure: answer(null) }];
  const attempts: AttemptFacts[] = [];
  for (const credential of credentials) {
    const failure = answer(credential);
    attempts.push({ credential, failure });
    if (failure === null) break;
  }
  return attempts;
}

function clusterFacts(
  situation: Situation,
  secrets: readonly Sourced<Secret>[],
  serviceAccounts: readonly Sourced<ServiceAccount>[],
): ClusterFacts {
  const { refusedSecrets, alwaysPullImages, declaredSecrets, pullSecretLists } = situation;
  const replaced = situation.replacedServiceAccounts?.map((one, index) => sourced(one, 'old.yaml', index));
  const refused = refusedSecrets?.map(
    ({ secret, message }, index): RefusedSecret => ({
      secret: sourced(secret, 'refused.yaml', index),
      message,
    }),
  );
  return {
    secrets,
    serviceAccounts,
    ...(refused !== undefined && { refusedSecrets: refused }),
    ...(alwaysPullImages !== undefined && { alwaysPullImages }),
    ...(declaredSecrets !== undefined && { declaredSecrets }),
    ...(pullSecretLists !== undefined && { pullSecretLists }),
    ...(replaced !== undefined && { replacedServiceAccounts: replaced }),
  };
}
