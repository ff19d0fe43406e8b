import type { Secret } from '../cluster/objects.js';
import type { Sourced, SourceLocation } from '../cluster/source.js';
import { decodeBase64 } from '../wire/go-base64.js';
import { type CredentialFlaw, credentialFlaws } from './credential-flaws.js';

/**
 * What a person would see in a secret: read leniently, whatever its type, so that a rule can say what the kubelet
 * would have found if only the type, the key or the encoding were right. Passwords stay inside.
 */
export interface SecretReading {
  readonly secret: Sourced<Secret>;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Where something like a docker config was found; `undefined` when nothing was. */
  readonly dataKey: string | undefined;
  readonly problem: ContentProblem | undefined;
  readonly entries: readonly EntryReading[];
  /** `credsStore` of a config.json that was copied from a machine with a credential store. */
  readonly credsStore: string | undefined;
  /** Registries for which the config.json would call a helper. */
  readonly credHelpers: readonly string[];
}

export type ContentProblem =
  /** `data` itself is no base64. */
  | 'not-base64'
  /** The value decodes to base64 of a docker config. */
  | 'base64-twice'
  | 'not-json'
  /** JSON, and neither an object nor null. */
  | 'not-an-object'
  /** `auths` is there and is no object. */
  | 'auths-no-object'
  /** The docker config sits one level deeper, or as text in a field of its own. */
  | 'wrapped'
  /** A bare map of registries where `auths` is expected. */
  | 'old-format'
  /** `auths` where a bare map is expected. */
  | 'new-format'
  /** Never filled in: `<base64>`, `${CONFIG}`. */
  | 'placeholder';

/** One registry entry, without its password. */
export interface EntryReading {
  /** As written. */
  readonly key: string;
  /** The user name that the kubelet would send. */
  readonly username: string;
  /** Neither user name nor password: present, and as good as anonymous. */
  readonly empty: boolean;
  readonly auth: 'absent' | 'good' | 'no-colon' | 'not-base64' | 'no-text';
  /** `auth` wins over `username` and `password`; this is where they differ. */
  readonly disagreement: 'username' | 'password' | undefined;
  /** `identitytoken` or `registrytoken`, which the kubelet does not read. */
  readonly ignoredToken: 'identitytoken' | 'registrytoken' | undefined;
  readonly flaws: readonly CredentialFlaw[];
}

const configKey = '.dockerconfigjson';
const legacyKey = '.dockercfg';
export const configType = 'kubernetes.io/dockerconfigjson';
export const legacyType = 'kubernetes.io/dockercfg';

/** Reads a secret of any type. */
export function readSecret(secret: Sourced<Secret>): SecretReading {
  const { metadata, type } = secret.object;
  const dataKey = likelyDataKey(secret.object);
  const content = dataKey === undefined ? nothingFound : readContent(secret, dataKey);
  return {
    secret,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name ?? '',
    type: type === undefined || type === '' ? 'Opaque' : type,
    dataKey,
    ...content,
  };
}

/** The line of the docker config in a secret; of the secret when it has none. */
export function locateContent(reading: SecretReading): SourceLocation {
  const { secret, dataKey } = reading;
  if (dataKey === undefined) return secret.source;
  const field = secret.object.stringData?.[dataKey] === undefined ? 'data' : 'stringData';
  return secret.locate([field, dataKey]);
}

type Content = Pick<SecretReading, 'problem' | 'entries' | 'credsStore' | 'credHelpers'>;

const nothingFound: Content = { problem: undefined, entries: [], credsStore: undefined, credHelpers: [] };
const broken = (problem: ContentProblem): Content => ({ ...nothingFound, problem });

/** The key that counts for the type first, then the other one, then what people mistake for them. */
function likelyDataKey({ type, data, stringData }: Secret): string | undefined {
  const keys = new Set([...Object.keys(data ?? {}), ...Object.keys(stringData ?? {})]);
  const likely = type === legacyType ? [legacyKey, configKey] : [configKey, legacyKey];
  return [...likely, 'dockerconfigjson', 'config.json', 'dockercfg', '.docker/config.json'].find((key) =>
    keys.has(key),
  );
}

function readContent({ object: secret, written }: Sourced<Secret>, dataKey: string): Content {
  const plain = secret.stringData?.[dataKey];
  const text = plain ?? decodedText(valueAsWritten(written, dataKey) ?? secret.data?.[dataKey] ?? '');
  if (text === undefined) return broken('not-base64');
  if (isPlaceholder(text)) return broken('placeholder');
  const parsed = parseJson(text);
  if (parsed === undefined) return broken(holdsJson(decodedText(text)) ? 'base64-twice' : 'not-json');
  if (parsed.value === null) return nothingFound;
  if (!isRecord(parsed.value)) return broken('not-an-object');
  return secret.type === legacyType ? readLegacy(parsed.value) : readConfig(parsed.value);
}

/** The API server takes nothing of a value that is no base64, so the object does not hold it. */
function valueAsWritten(written: unknown, dataKey: string): string | undefined {
  const data = isRecord(written) ? member(written, 'data') : undefined;
  const value = isRecord(data) ? data[dataKey] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function readConfig(config: Record<string, unknown>): Content {
  const auths = member(config, 'auths');
  const credsStore = member(config, 'credsStore');
  const helpers = member(config, 'credHelpers');
  const common = {
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
    credHelpers: isRecord(helpers) ? Object.keys(helpers) : [],
  };
  if (auths === undefined) return { ...common, ...withoutAuths(config) };
  if (auths !== null && !isRecord(auths)) return { ...common, problem: 'auths-no-object', entries: [] };
  return { ...common, problem: undefined, entries: readEntries(auths ?? {}) };
}

function withoutAuths(config: Record<string, unknown>): Pick<Content, 'problem' | 'entries'> {
  if (looksLikeEntries(config)) return { problem: 'old-format', entries: readEntries(config) };
  const wrapped = Object.values(config).some((value) =>
    typeof value === 'string' ? holdsJson(value) : isRecord(value) && member(value, 'auths') !== undefined,
  );
  return { problem: wrapped ? 'wrapped' : undefined, entries: [] };
}

function readLegacy(config: Record<string, unknown>): Content {
  const auths = member(config, 'auths');
  if (isRecord(auths)) return { ...readConfig(config), problem: 'new-format' };
  return { ...nothingFound, entries: readEntries(config) };
}

const looksLikeEntries = (config: Record<string, unknown>): boolean =>
  Object.keys(config).length > 0 &&
  Object.values(config).every(
    (value) => isRecord(value) && ['auth', 'username'].some((name) => member(value, name) !== undefined),
  );

const readEntries = (auths: Record<string, unknown>): EntryReading[] =>
  Object.entries(auths).map(([key, value]) => readEntry(key, isRecord(value) ? value : {}));

function readEntry(key: string, entry: Record<string, unknown>): EntryReading {
  const written = { username: textMember(entry, 'username'), password: textMember(entry, 'password') };
  const auth = readAuth(member(entry, 'auth'));
  const used = typeof auth === 'string' ? { ...written, state: auth } : { ...auth, state: 'good' as const };
  return {
    key,
    username: used.username,
    empty: used.username === '' && used.password === '' && (auth === 'absent' || typeof auth !== 'string'),
    auth: used.state,
    disagreement: typeof auth === 'string' ? undefined : disagreement(written, auth),
    ignoredToken: (['identitytoken', 'registrytoken'] as const).find(
      (name) => textMember(entry, name) !== '',
    ),
    flaws: credentialFlaws(used.username, used.password),
  };
}

interface UserAndPassword {
  readonly username: string;
  readonly password: string;
}

type AuthState = Exclude<EntryReading['auth'], 'good'>;

/** Padding decides the form, as the kubelet does it (kubelet.md §2.2). */
function readAuth(auth: unknown): UserAndPassword | AuthState {
  if (auth === undefined || auth === null || auth === '') return 'absent';
  if (typeof auth !== 'string') return 'no-text';
  const decoded = decodedText(auth, auth.trim().endsWith('=') ? 'padded' : 'unpadded');
  if (decoded === undefined) return 'not-base64';
  const colon = decoded.indexOf(':');
  if (colon < 0) return 'no-colon';
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** A field that is not written disagrees with nothing. */
function disagreement(written: UserAndPassword, auth: UserAndPassword): EntryReading['disagreement'] {
  if (written.username !== '' && written.username !== auth.username) return 'username';
  return written.password !== '' && written.password !== auth.password ? 'password' : undefined;
}

function decodedText(base64: string, form: 'padded' | 'unpadded' = 'padded'): string | undefined {
  try {
    // A byte order mark would be part of the password, so it must not be swallowed.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(decodeBase64(base64, form));
  } catch {
    return undefined;
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const holdsJson = (text: string | undefined): boolean =>
  text !== undefined && /^\s*\{/.test(text) && parseJson(text) !== undefined;

/** Whether a text is base64, once, of a JSON object. */
export const isBase64OfJson = (text: string): boolean => holdsJson(decodedText(text));

const isPlaceholder = (text: string): boolean =>
  /^\s*(?:<[^<>{}]+>|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|REPLACE[-_ ]?ME|CHANGE[-_ ]?ME|TODO)\s*$/is.test(
    text,
  );

/** Go matches member names whatever their case; of several the last one counts. */
function member(object: Record<string, unknown>, name: string): unknown {
  const key = Object.keys(object).findLast((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}

function textMember(object: Record<string, unknown>, name: string): string {
  const value = member(object, name);
  return typeof value === 'string' ? value : '';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
