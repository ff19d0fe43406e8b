import { loadCluster } from '../../cluster/load-cluster.js';
import type { Secret } from '../../cluster/objects.js';
import { readFiles } from '../../cluster/read-files.js';
import type { ManifestInput } from '../../cluster/read-manifests.js';
import type { Sourced } from '../../cluster/source.js';
import { inspectSecret, type SecretInspection } from '../../diagnosis/inspect-secret.js';
import { renderSecrets } from '../../report/secret-text.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { inspectedImages } from '../inspected-images.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface SecretInspectOptions {
  readonly image?: readonly string[];
  readonly namespace: string;
  readonly output: 'text' | 'json';
}

/**
 * `pullsim secret inspect`: what the kubelet makes of secrets, and of a docker config.json that could become one.
 *
 * @throws {@link UsageError} when nothing to inspect is in the input
 */
export async function runSecretInspect(
  files: readonly string[],
  options: SecretInspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (files.length === 0 && terminal.stdinIsTerminal)
    throw new UsageError('nothing to inspect: name a file, or pipe a secret into standard input');
  const images = inspectedImages(options.image);
  const { inputs, errors } = await readFiles(files.length === 0 ? ['-'] : files, () => terminal.readStdin());
  const { secrets, problems } = secretsOf(inputs, options.namespace);
  const inspections = secrets.map((secret) => inspectSecret(secret, images));
  const told = [...errors.map(({ source, message }) => `${source.file}: ${message}`), ...problems.unreadable];
  if (inspections.length === 0 && told.length + problems.refused.length === 0)
    throw new UsageError('there is no Secret and no docker config.json in the input');
  terminal.out(
    options.output === 'json' ? `${JSON.stringify(inspections, undefined, 2)}\n` : renderSecrets(inspections),
  );
  for (const problem of [...told, ...problems.refused]) terminal.err(`pullsim: ${problem}\n`);
  if (told.length > 0) return exitCodes.usage;
  return problems.refused.length > 0 || isBad(inspections, images.length) ? exitCodes.refused : exitCodes.ok;
}

interface FoundSecrets {
  readonly secrets: readonly Sourced<Secret>[];
  readonly problems: { readonly unreadable: readonly string[]; readonly refused: readonly string[] };
}

function secretsOf(inputs: readonly ManifestInput[], namespace: string): FoundSecrets {
  const cluster = loadCluster(inputs.map(asSecret), { defaultNamespace: namespace });
  const told = (kind: 'unreadable' | 'refused') =>
    cluster.errors
      .filter((error) => error.kind === kind)
      .map(({ source, message }) => `${source.file}:${source.line}: ${message}`);
  return {
    secrets: [...cluster.secrets, ...cluster.refusedSecrets.map(({ secret }) => secret)],
    problems: { unreadable: told('unreadable'), refused: told('refused') },
  };
}

/** A docker config.json is taken for the secret that it would become. */
function asSecret(input: ManifestInput): ManifestInput {
  if (!('text' in input) || !isDockerConfig(input.text)) return input;
  const name = input.file === '-' ? 'config.json' : (input.file.split(/[\\/]/).at(-1) ?? input.file);
  return {
    file: input.file,
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: name
          .toLowerCase()
          .replace(/[^a-z0-9.-]+/g, '-')
          .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, ''),
      },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': input.text },
    },
  };
}

function isDockerConfig(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !('kind' in value);
  } catch {
    return false;
  }
}

/** Every image needs one entry; which secret has it does not matter. */
function isBad(secrets: readonly SecretInspection[], imageCount: number): boolean {
  const hasProblem = secrets.some(
    ({ used, problems, entries }) =>
      !used || problems.length > 0 || entries.some((entry) => entry.problems.length > 0),
  );
  const entries = secrets.flatMap((secret) => secret.entries);
  const isUnserved = Array.from(
    { length: imageCount },
    (_, index) => !entries.some(({ images }) => images[index]?.serves),
  ).includes(true);
  return hasProblem || isUnserved;
}
