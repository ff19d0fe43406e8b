import type { Secret } from '../cluster/objects.js';
import type { Sourced, SourceLocation } from '../cluster/source.js';
import { createKeyring, type Keyring, KeyringError } from '../credentials/keyring.js';
import { maskUserInfo, maskUsername } from '../wire/mask.js';
import type { CredentialFlaw } from './credential-flaws.js';
import { entrySentence } from './entry-sentence.js';
import {
  type ContentProblem,
  configType,
  type EntryReading,
  legacyType,
  readSecret,
  type SecretReading,
} from './secret-reading.js';

/** What a person should know of one secret. No password is in it. */
export interface SecretInspection {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly source: SourceLocation;
  /** Keys of its data, as written. */
  readonly keys: readonly string[];
  /** Whether the kubelet takes credentials from it. */
  readonly used: boolean;
  readonly problems: readonly string[];
  readonly entries: readonly EntryInspection[];
}

export interface EntryInspection {
  /** User info masked. */
  readonly key: string;
  /** As the kubelet would send it; a token prints six characters. */
  readonly username: string;
  readonly problems: readonly string[];
  /** One per image that was asked for. */
  readonly images: readonly {
    readonly image: string;
    readonly serves: boolean;
    readonly because: string;
  }[];
}

/** An image that was asked for, and what the kubelet compares keys with: `docker.io/library/nginx`. */
export interface InspectedImage {
  readonly image: string;
  readonly repository: string;
}

/** Reads one secret as a person would, and asks the kubelet's keyring what becomes of it. */
export function inspectSecret(secret: Sourced<Secret>, images: readonly InspectedImage[]): SecretInspection {
  const reading = readSecret(secret);
  const read = keyringOf(secret.object);
  const problems = [...contentProblems(reading), ...keyringProblems(reading, read)];
  return {
    namespace: reading.namespace,
    name: reading.name,
    type: reading.type,
    source: secret.source,
    keys: Object.keys({ ...secret.object.data, ...secret.object.stringData }),
    used: typeof read !== 'string' && read.ignored.length === 0,
    problems: [...new Set(problems)],
    entries: reading.entries.map((entry) => inspectEntry(entry, read, images)),
  };
}

/** The keyring of this secret alone, or the kubelet's text about why there is none. */
function keyringOf(secret: Secret): Keyring | string {
  try {
    return createKeyring({ secrets: [secret] });
  } catch (error) {
    if (error instanceof KeyringError) return error.message;
    throw error;
  }
}

const contentSentences: Readonly<Record<ContentProblem, string>> = {
  'not-base64': 'the value under "data" is not base64; write plain text under "stringData"',
  'base64-twice':
    'the value was base64-encoded twice; once is enough under "data", and not at all under "stringData"',
  'not-json': 'the value is not JSON',
  'not-an-object': 'the value is JSON, but not an object: it has to be {"auths": {…}}',
  'auths-no-object': '"auths" is not an object: it maps registries to accounts',
  wrapped: 'the docker config sits one level too deep: "auths" has to be at the top',
  'old-format': `the value has no "auths": it is the older form, which is of type ${legacyType}`,
  'new-format': `the value has "auths": it is the newer form, which is of type ${configType}`,
  placeholder: 'the value is a placeholder that nobody filled in',
};

function contentProblems({
  problem,
  dataKey,
  credsStore,
  credHelpers,
  entries,
}: SecretReading): readonly string[] {
  return [
    ...(dataKey === undefined ? ['no key of it holds a docker config'] : []),
    ...(problem === undefined ? [] : [contentSentences[problem]]),
    ...(credsStore === undefined
      ? []
      : [
          `the config leaves passwords to the credential store "${credsStore}" of the machine that it comes from; the kubelet does not ask it`,
        ]),
    ...(credHelpers.length === 0
      ? []
      : [`credential helpers (for ${credHelpers.join(', ')}) are not asked by the kubelet`]),
    ...(problem === undefined && dataKey !== undefined && entries.length === 0
      ? ['there is no entry in it']
      : []),
  ];
}

function keyringProblems({ type, dataKey }: SecretReading, read: Keyring | string): readonly string[] {
  if (typeof read === 'string')
    return [`the kubelet cannot decode it (${read}), which costs a pod that lists it every credential`];
  return read.ignored.map(({ because }) => {
    const wanted = type === legacyType ? '.dockercfg' : '.dockerconfigjson';
    switch (because) {
      case 'type':
        return `its type is ${type}; the kubelet uses ${configType} (and ${legacyType}) only, and passes over others without a word`;
      case 'key-missing':
        return `it has no key "${wanted}"${dataKey === undefined ? '' : ` (but "${dataKey}")`}, so the kubelet passes over it without a word`;
      case 'value-empty':
        return `its key "${wanted}" is empty, so the kubelet passes over it without a word`;
      default:
        return because satisfies never;
    }
  });
}

function inspectEntry(
  entry: EntryReading,
  read: Keyring | string,
  images: readonly InspectedImage[],
): EntryInspection {
  return {
    key: maskUserInfo(entry.key),
    username: maskUsername(entry.username),
    problems: entryProblems(entry),
    images: images.map((image) => answerFor(entry, read, image)),
  };
}

function answerFor({ key }: EntryReading, read: Keyring | string, { image, repository }: InspectedImage) {
  if (typeof read === 'string' || read.ignored.length > 0)
    return { image, serves: false, because: 'the kubelet takes nothing from this secret.' };
  const found = read.consider(repository).find((candidate) => candidate.key === key);
  if (found === undefined) return { image, serves: false, because: 'the kubelet does not see this entry.' };
  const { outcome, indexKey = key } = found;
  return {
    image,
    serves: outcome.kind === 'matched' || outcome.kind === 'docker-hub-fallback',
    because: entrySentence(outcome, { key: maskUserInfo(indexKey), repository }),
  };
}

const authSentences = {
  'no-colon': '"auth" has no colon in it: it has to be base64 of user:password',
  'not-base64': '"auth" is not base64 of user:password',
  'no-text': '"auth" is not a text',
} as const;

const flawSentences: Readonly<Record<CredentialFlaw, string>> = {
  'trailing-newline': 'user name or password ends with a line feed (echo without -n?)',
  'carriage-return': 'user name or password holds a carriage return (a Windows file?)',
  'surrounding-blank': 'user name or password begins or ends with a blank',
  quotes: 'user name or password stands in quotes, which are sent with it',
  invisible: 'user name or password holds an invisible character',
  placeholder: 'user name or password is a placeholder that nobody filled in',
};

function entryProblems({ auth, empty, disagreement, ignoredToken, flaws }: EntryReading): readonly string[] {
  return [
    ...(auth === 'good' || auth === 'absent' ? [] : [authSentences[auth]]),
    ...(empty ? ['neither user name nor password: the login is as good as none'] : []),
    ...(disagreement === undefined
      ? []
      : [
          `"auth" has another ${disagreement === 'username' ? 'user name' : 'password'} than "${disagreement}", and "auth" wins`,
        ]),
    ...(ignoredToken === undefined ? [] : [`the kubelet does not read "${ignoredToken}"`]),
    ...flaws.map((flaw) => flawSentences[flaw]),
  ];
}
