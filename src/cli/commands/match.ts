import type { EntryOutcome } from '../../credentials/credential.js';
import { createKeyring } from '../../credentials/keyring.js';
import { entrySentence } from '../../diagnosis/entry-sentence.js';
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
    because: entrySentence(outcome, { key: indexKey ?? masked, repository }),
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

function printText({ key, indexKey, image, repository, matches, because }: Match): string {
  const rows = [
    ['key', indexKey === null || indexKey === key ? key : `${key} → ${indexKey}`],
    ['image', image === repository ? image : `${image} → ${repository}`],
    ['because', because],
  ] as const;
  const head = matches ? 'matches' : 'does not match';
  return `${head}\n${rows.map(([what, value]) => `  ${what.padEnd(9)}${value}\n`).join('')}`;
}
