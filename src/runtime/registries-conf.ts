import { readFileSync } from 'node:fs';
import { parse as parseToml } from 'smol-toml';
import { InvalidReference, parseRuntimeReference, type RuntimeReference } from '../image/reference.js';
import { PullError } from './pull-error.js';

/** `registries.conf` of containers/image, version 2: where short names are looked for, and what stands in for a registry. */
export interface RegistriesConf {
  /** Shown in texts. */
  readonly path: string;
  readonly unqualifiedSearch: readonly string[];
  /** Short name without tag to full name. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly registries: readonly ConfiguredRegistry[];
}

export interface ConfiguredRegistry {
  /** Start of the names that it is for: `example.com/team`, or `*.example.com`. */
  readonly prefix: string;
  /** What the prefix is replaced by; empty only behind a wildcard: the name stays. */
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrorByDigestOnly: boolean;
  readonly mirrors: readonly Mirror[];
}

interface Mirror {
  readonly location: string;
  readonly insecure: boolean;
  readonly pullFrom: '' | 'all' | 'digest-only' | 'tag-only';
}

/** A file that CRI-O would not start with; the message says why. */
export class InvalidRegistriesConf extends Error {
  override readonly name = 'InvalidRegistriesConf';
}

/** Where one image is asked for: a mirror, or the registry itself as the last one. */
export interface PullSource {
  readonly reference: RuntimeReference;
  /** Certificates are not verified, and plain http is tried where https fails. */
  readonly insecure: boolean;
}

/** Without a file short names are of Docker Hub. */
export const defaultRegistriesConf: RegistriesConf = {
  path: '/etc/containers/registries.conf',
  unqualifiedSearch: ['docker.io'],
  aliases: {},
  registries: [],
};

/** @throws {@link InvalidRegistriesConf}, or the file system's error */
export const registriesConfAt = (path: string): RegistriesConf =>
  parseRegistriesConf(readFileSync(path, 'utf8'), path);

/** @throws {@link InvalidRegistriesConf} */
export function parseRegistriesConf(text: string, path = defaultRegistriesConf.path): RegistriesConf {
  const file = tableOf(parsed(text), 'the file');
  if (file.registries !== undefined) {
    throw new InvalidRegistriesConf('version 1 of the format ([registries.search]) is not supported');
  }
  return {
    path,
    unqualifiedSearch: listOf(file['unqualified-search-registries'], textOf).map(parseLocation),
    aliases: Object.fromEntries(
      Object.entries(tableOf(file.aliases ?? {}, 'aliases')).map(([name, target]) => [name, textOf(target)]),
    ),
    registries: listOf(file.registry, registryOf),
  };
}

/** The entry with the longest prefix of a repository name. */
export function findRegistry(
  { registries }: RegistriesConf,
  repository: string,
): ConfiguredRegistry | undefined {
  const matching = registries.filter(({ prefix }) => matchLength(repository, prefix) >= 0);
  const [longest] = [...matching].sort((a, b) => b.prefix.length - a.prefix.length);
  return longest;
}

/**
 * Mirrors in their order, then the registry itself.
 *
 * @throws {@link PullError} when a rewritten name is none
 */
export function pullSourcesOf(reference: RuntimeReference, conf: RegistriesConf): readonly PullSource[] {
  const registry = findRegistry(conf, `${reference.host}/${reference.path}`);
  if (registry === undefined) return [{ reference, insecure: false }];
  const byDigest = reference.digest !== '';
  const mirrors = registry.mirrors.filter(({ pullFrom }) => {
    if (registry.mirrorByDigestOnly) return byDigest;
    return pullFrom === 'digest-only' ? byDigest : pullFrom !== 'tag-only' || !byDigest;
  });
  return [...mirrors, registry].map(({ location, insecure }) => ({
    reference: location === '' ? reference : rewritten(reference, registry.prefix, location),
    insecure,
  }));
}

function rewritten({ name }: RuntimeReference, prefix: string, location: string): RuntimeReference {
  const text = `${location}${name.slice(matchLength(name, prefix))}`;
  try {
    const reference = parseRuntimeReference(text);
    if (reference.name === text) return reference;
    throw new InvalidReference('repository name must be canonical');
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    throw new PullError(`rewriting reference: ${error.message}`, { kind: 'invalid-reference' });
  }
}

/** Length of what a prefix matches of a name, up to a `:`, `/` or `@`; -1 when it does not match. */
function matchLength(name: string, prefix: string): number {
  const end = prefix.startsWith('*.') ? subdomainEnd(name, prefix.slice(1)) : prefix.length;
  if (end < 0 || (!prefix.startsWith('*.') && !name.startsWith(prefix))) return -1;
  return end === name.length || ':/@'.includes(name.charAt(end)) ? end : -1;
}

function subdomainEnd(name: string, suffix: string): number {
  const at = name.indexOf(suffix);
  return at < 0 || name.slice(0, at).includes('/') ? -1 : at + suffix.length;
}

function parsed(text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    throw new InvalidRegistriesConf((error as Error).message);
  }
}

function registryOf(value: unknown): ConfiguredRegistry {
  const table = tableOf(value, 'registry');
  const location = parseLocation(textOf(table.location ?? ''));
  const prefix = parseLocation(textOf(table.prefix ?? '')) || location;
  if (prefix === '') throw new InvalidRegistriesConf('invalid condition: both location and prefix are unset');
  if (location === '' && !prefix.startsWith('*.')) {
    throw new InvalidRegistriesConf(
      'invalid condition: location is unset and prefix is not in the format: *.example.com',
    );
  }
  if (prefix.startsWith('*.') && /[/@:]/.test(prefix)) {
    throw new InvalidRegistriesConf(
      `Wildcarded prefix should be in the format: *.example.com. Current prefix "${prefix}" is incorrectly formatted`,
    );
  }
  return {
    prefix,
    location,
    insecure: table.insecure === true,
    blocked: table.blocked === true,
    mirrorByDigestOnly: table['mirror-by-digest-only'] === true,
    mirrors: listOf(table.mirror, mirrorOf),
  };
}

function mirrorOf(value: unknown): Mirror {
  const table = tableOf(value, 'mirror');
  const location = parseLocation(textOf(table.location ?? ''));
  if (location === '') throw new InvalidRegistriesConf('invalid condition: mirror location is unset');
  const pullFrom = textOf(table['pull-from-mirror'] ?? '');
  if (!isPullFrom(pullFrom)) {
    throw new InvalidRegistriesConf(
      `unsupported pull-from-mirror value "${pullFrom}" for mirror "${location}"`,
    );
  }
  return { location, insecure: table.insecure === true, pullFrom };
}

const isPullFrom = (text: string): text is Mirror['pullFrom'] =>
  ['', 'all', 'digest-only', 'tag-only'].includes(text);

function parseLocation(location: string): string {
  if (/^https?:\/\//.test(location)) {
    throw new InvalidRegistriesConf(`invalid location '${location}': URI schemes are not supported`);
  }
  return location.replace(/\/+$/, '');
}

type Table = Readonly<Record<string, unknown>>;

function tableOf(value: unknown, where: string): Table {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidRegistriesConf(`${where} is no table`);
  }
  return value as Table;
}

function listOf<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new InvalidRegistriesConf('expected a list');
  return value.map(read);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new InvalidRegistriesConf('expected a string');
  return value;
}
