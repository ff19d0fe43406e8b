import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { toByteString } from '../credentials/byte-string.js';
import { goQuote } from '../image/go-quote.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { decodeProviderConfig, type ProviderConfig, ProviderConfigError } from './provider-config.js';
import { systemErrorText } from './system-error.js';

/** All providers of a node, in the order in which they are asked. */
export interface ReadProviderConfig {
  readonly providers: readonly ConfiguredProvider[];
  /** What the kubelet shows in its metrics: `sha256:` over each file's length and bytes. */
  readonly configHash: string;
}

export type ConfiguredProvider = ProviderConfig & {
  /** Where it was written. */
  readonly file: string;
  readonly line: number;
};

/** A file at fault, in the kubelet's words. */
export class ProviderConfigFileError extends ProviderConfigError {
  readonly file: string;
  constructor(message: string, file: string, line?: number) {
    super(message, line);
    this.file = file;
  }
}

/**
 * Reads what `--image-credential-provider-config` names: one file, or since 1.34 the `*.json`, `*.yaml` and `*.yml` of a
 * directory in lexicographic order, not of those below it (kubelet.md §8.1).
 *
 * @throws {@link ProviderConfigFileError} with the kubelet's text
 */
export function readProviderConfig(
  path: string,
  release: Pick<KubeletRelease, 'credentialProviders' | 'featureGates'>,
): ReadProviderConfig {
  const hash = createHash('sha256');
  const providers: ConfiguredProvider[] = [];
  for (const file of configFiles(path, release)) {
    const bytes = readConfigFile(file, release);
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hash.update(length).update(bytes);
    for (const provider of decodeFile(file, bytes, release)) providers.push({ ...provider, file });
  }
  refuseDuplicates(providers);
  return { providers, configHash: `sha256:${hash.digest('hex')}` };
}

const extensions = ['.json', '.yaml', '.yml'];

function configFiles(
  path: string,
  { credentialProviders }: Pick<KubeletRelease, 'credentialProviders'>,
): readonly string[] {
  if (!credentialProviders.configDirectory) return [path];
  if (!isDirectory(path)) return [path];
  const files = readdirSync(path, { withFileTypes: true })
    // A link counts, whatever it leads to, as it does for the kubelet.
    .filter((entry) => !entry.isDirectory() && extensions.includes(extname(dotted(entry.name))))
    .map(({ name }) => name)
    .sort((one, other) => (toByteString(one) < toByteString(other) ? -1 : 1));
  if (files.length === 0) {
    throw new ProviderConfigFileError(`no configuration files found in directory ${goQuote(path)}`, path);
  }
  return files.map((name) => join(path, name));
}

/** For Go `.yaml` is all extension; for Node it is all name. */
const dotted = (name: string) => `_${name}`;

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const text = `unable to access path ${goQuote(path)}: ${systemErrorText('stat', path, error)}`;
    throw new ProviderConfigFileError(text, path);
  }
}

function readConfigFile(
  file: string,
  { credentialProviders }: Pick<KubeletRelease, 'credentialProviders'>,
): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const said = credentialProviders.configDirectory
      ? `unable to read file ${goQuote(file)}`
      : `unable to read external registry credential provider configuration from ${goQuote(file)}`;
    throw new ProviderConfigFileError(`${said}: ${systemErrorText('open', file, error)}`, file);
  }
}

function decodeFile(
  file: string,
  bytes: Buffer,
  release: Pick<KubeletRelease, 'credentialProviders' | 'featureGates'>,
) {
  try {
    return decodeProviderConfig(bytes.toString('utf8'), release);
  } catch (error) {
    if (!(error instanceof ProviderConfigError)) throw error;
    const where = release.credentialProviders.configDirectory ? ` ${goQuote(file)}` : '';
    throw new ProviderConfigFileError(`error decoding config${where}: ${error.message}`, file, error.line);
  }
}

/** Also within one file. */
function refuseDuplicates(providers: readonly ConfiguredProvider[]): void {
  const seen = new Set<string>();
  for (const { name = '', file, line } of providers) {
    if (seen.has(name)) {
      const message = `duplicate provider name ${goQuote(name)} found in configuration file(s)`;
      throw new ProviderConfigFileError(message, file, line);
    }
    seen.add(name);
  }
}
