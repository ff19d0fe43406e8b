import type { EntryOutcome } from '../../credentials/credential.js';
import { createKeyring } from '../../credentials/keyring.js';
import { InvalidImageName, parseImageName } from '../../image/reference.js';
import { maskUserInfo } from '../../wire/mask.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { readOutputs } from '../output-option.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface MatchOptions {
  readonly output?: readonly string[];
}

export const matchFormats = ['text', 'json'] as const;

/**
 * `pullsim match KEY IMAGE`: whether the kubelet uses the credential under this registry key for this image, and the
 * step that decided. Exit code 0 when it does, 1 when it does not.
 */
export async function runMatch(
  key: string,
  image: string,
  options: MatchOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [output] = readOutputs(options.output, matchFormats, 'text');
  const match = matchKey(key, image);
  terminal.out(output?.format === 'json' ? `${JSON.stringify(match, null, 2)}\n` : printText(match));
  return match.matches ? exitCodes.ok : exitCodes.refused;
}

interface Match {
  /** User info masked. */
  readonly key: string;
  readonly indexKey: string | null;
  readonly image: string;
  readonly repository: string;
  readonly matches: boolean;
  readonly step: EntryOutcome['kind'];
  readonly because: string;
}

/** The whole way (kubelet.md §1, §2.3, §2.5, §2.6): a keyring that holds nothing but this key is asked for the image. */
function matchKey(key: string, image: string): Match {
  const repository = repositoryOf(image);
  const keyring = createKeyring({ node: { auths: { [key]: { username: 'user', password: 'password' } } } });
  const [entry] = keyring.consider(repository);
  const outcome = entry?.outcome ?? { kind: 'host-differs' };
  const { indexKey = null } = entry ?? {};
  const masked = maskUserInfo(key);
  return {
    key: masked,
    indexKey,
    image,
    repository,
    matches: outcome.kind === 'matched' || outcome.kind === 'docker-hub-fallback',
    step: outcome.kind,
    because: sentences[outcome.kind](outcome as never, { key: indexKey ?? masked, repository }),
  };
}

function repositoryOf(image: string): string {
  try {
    return parseImageName(image).repository;
  } catch (error) {
    if (error instanceof InvalidImageName) throw new UsageError(error.message);
    throw error;
  }
}

interface Compared {
  readonly key: string;
  readonly repository: string;
}

type Sentences = {
  readonly [K in EntryOutcome['kind']]: (
    outcome: Extract<EntryOutcome, { kind: K }>,
    compared: Compared,
  ) => string;
};

const port = (text: string): string => (text === '' ? 'no port' : `port ${text}`);

const sentences: Sentences = {
  matched: (_, { key, repository }) =>
    `host and port of "${key}" fit, and its path is the beginning of "${repository}".`,
  'docker-hub-fallback': () =>
    'nothing else matches, and for Docker Hub images the kubelet then takes the key "index.docker.io".',
  shadowed: ({ by }) =>
    `it would serve as the fall-back for Docker Hub, but the key "${by}" matches and hides it.`,
  dropped: ({ error }) => `the kubelet cannot read the key and drops this entry: ${error}.`,
  unreadable: ({ what, error }) => `the ${what} cannot be read as an address: ${error}.`,
  'port-differs': ({ want, got }) =>
    `the image has ${port(want)} and the key ${port(got)}; ports must be equal, and no default is assumed.`,
  'label-count-differs': ({ want, got }) =>
    `the image's host has ${want} parts between its dots and the key's ${got}; "*" stands for one part only.`,
  'host-differs': (_, { key, repository }) => `the host of "${key}" is not the host of "${repository}".`,
  'host-case-differs': (_, { key, repository }) =>
    `the hosts of "${key}" and "${repository}" differ in upper and lower case, which counts.`,
  'path-differs': ({ path }, { repository }) =>
    `"${repository}" does not begin with the key's path "${path}".`,
};

function printText({ key, indexKey, image, repository, matches, because }: Match): string {
  const rows = [
    ['key', indexKey === null || indexKey === key ? key : `${key} → ${indexKey}`],
    ['image', image === repository ? image : `${image} → ${repository}`],
    ['because', because],
  ] as const;
  const head = matches ? 'matches' : 'does not match';
  return `${head}\n${rows.map(([what, value]) => `  ${what.padEnd(9)}${value}\n`).join('')}`;
}
