import { readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { dockerRegistrySecret, SecretFlagsError } from '../../cluster/kubectl-create-secret.js';
import { loadCluster } from '../../cluster/load-cluster.js';
import type { Secret } from '../../cluster/objects.js';
import { inspectSecret, type SecretInspection } from '../../diagnosis/inspect-secret.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { inspectedImages } from '../inspected-images.js';
import { readOutputs } from '../output-option.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface SecretCreateOptions {
  readonly dockerServer: string;
  readonly dockerUsername?: string;
  readonly dockerPassword?: string;
  readonly passwordStdin?: boolean;
  readonly dockerEmail?: string;
  /** `[.dockerconfigjson=]FILE` */
  readonly fromFile?: string;
  readonly namespace?: string;
  readonly image?: readonly string[];
  readonly output: string;
}

/**
 * `pullsim secret create NAME`: the Secret that kubectl writes for the same flags, and warnings about what will not work.
 *
 * @throws {@link UsageError} with kubectl's text for flags that do not suffice, and for what the API server refuses
 */
export async function runSecretCreate(
  name: string,
  options: SecretCreateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [output] = readOutputs([options.output], ['yaml', 'json'], 'yaml');
  const images = inspectedImages(options.image);
  const secret = await makeSecret(name, options, terminal);
  const stored = storedSecret(secret);
  const inspection = inspectSecret(stored, images);
  for (const warning of [...flagWarnings(options), ...warningsOf(inspection)])
    terminal.err(`pullsim: warning: ${warning}\n`);
  const text = print(secret, output?.format ?? 'yaml');
  if (output?.file === undefined) terminal.out(text);
  else writeSecret(output.file, text);
  return exitCodes.ok;
}

async function makeSecret(name: string, options: SecretCreateOptions, terminal: Terminal): Promise<Secret> {
  const { namespace, fromFile, dockerUsername: username, dockerEmail: email, dockerServer: server } = options;
  const password = options.passwordStdin
    ? (await terminal.readStdin()).toString('utf8').replace(/\r?\n$/, '')
    : options.dockerPassword;
  try {
    return dockerRegistrySecret({
      name,
      server,
      ...(namespace !== undefined && { namespace }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(email !== undefined && { email }),
      ...(fromFile !== undefined && { configFile: readConfig(fromFile) }),
    });
  } catch (error) {
    if (error instanceof SecretFlagsError) throw new UsageError(error.message);
    throw error;
  }
}

function readConfig(fromFile: string): Uint8Array {
  const file = fromFile.replace(/^\.dockerconfigjson=/, '');
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** As the API server would store it. */
function storedSecret(secret: Secret) {
  const { secrets, errors } = loadCluster([{ file: 'secret', object: secret }]);
  const [stored] = secrets;
  if (stored === undefined) throw new UsageError(errors.map(({ message }) => message).join('\n'));
  return stored;
}

function flagWarnings({
  dockerUsername,
  dockerPassword,
  dockerServer,
  fromFile,
}: SecretCreateOptions): readonly string[] {
  if (fromFile !== undefined) return [];
  const host = dockerServer.replace(/^https?:\/\//, '');
  return [
    ...(dockerPassword === undefined
      ? []
      : [
          '--docker-password can be seen by others on this machine and stays in the history of the shell: use --password-stdin',
        ]),
    ...(dockerUsername?.includes(':')
      ? ['the user name holds a colon: "auth" is split at the first one, so another user name is sent']
      : []),
    ...(host === 'docker.io' || host === 'hub.docker.com' || host === 'registry-1.docker.io'
      ? [
          `for Docker Hub leave out --docker-server: its key is https://index.docker.io/v1/, and other tools do not know "${dockerServer}"`,
        ]
      : []),
  ];
}

/** What the kubelet would make of it. */
const warningsOf = ({ problems, entries }: SecretInspection): readonly string[] => [
  ...problems,
  ...entries.flatMap((entry) => entry.problems.map((problem) => `${entry.key}: ${problem}`)),
  ...unserved(entries),
];

function unserved(entries: SecretInspection['entries']): readonly string[] {
  const answers = entries.flatMap(({ images }) => images);
  const served = new Set(answers.filter(({ serves }) => serves).map(({ image }) => image));
  return answers
    .filter(({ image }) => !served.has(image))
    .map(({ image, because }) => `it does not serve ${image}: ${because}`);
}

/** Fields in the order in which kubectl prints them. */
function print({ apiVersion, kind, metadata, type, data }: Secret, format: 'yaml' | 'json'): string {
  const object = { apiVersion, data, kind, metadata, type };
  return format === 'json'
    ? `${JSON.stringify(object, undefined, 4)}\n`
    : stringify(object, { lineWidth: 0 });
}

function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
}
