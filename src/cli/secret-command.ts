import { type Command, Option } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

type Ended = (code: ExitCode) => void;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Adds `secret inspect` and `secret create` to the program. */
export function addSecret(program: Command, terminal: Terminal, ended: Ended): void {
  const secret = program.command('secret').description('look into pull secrets, and write them');
  addInspect(secret, terminal, ended);
  addCreate(secret, terminal, ended);
}

function addInspect(secret: Command, terminal: Terminal, ended: Ended): void {
  secret
    .command('inspect')
    .description('tell what the kubelet makes of a pull secret: type, keys, entries, users, problems')
    .argument(
      '[files...]',
      'Secrets as YAML or JSON, a docker config.json, or - for standard input (the default)',
    )
    .addOption(
      new Option('--image <name>', 'tell which entries serve this image, and why; may be repeated').argParser(
        collect,
      ),
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'))
    .option('-v, --verbose', 'for a bug, the stack')
    .addHelpText('after', inspectNotes)
    .action(async (files: string[], options) => {
      const { runSecretInspect } = await import('./commands/secret-inspect.js');
      ended(await runSecretInspect(files, options, terminal));
    });
}

const inspectNotes = `
No password is printed.

Exit codes: 0 all is well, 1 a secret has a problem or an image has no entry, 2 some input cannot be read

Examples:
  kubectl get secret regcred -o yaml | pullsim secret inspect --image registry.example.com:5000/team/app
  pullsim secret inspect ~/.docker/config.json`;

function addCreate(secret: Command, terminal: Terminal, ended: Ended): void {
  secret
    .command('create')
    .description(
      'write a pull secret as kubectl create secret docker-registry NAME --dry-run=client -o yaml does',
    )
    .argument('<name>', 'name of the secret')
    .option('--docker-server <server>', 'registry as image names write it', 'https://index.docker.io/v1/')
    .option('--docker-username <user>', 'user name')
    .option('--docker-password <password>', 'password; others on this machine can see it, so rather:')
    .option('--password-stdin', 'read the password from standard input')
    .option('--docker-email <email>', 'mail address, which nobody reads')
    .option('--from-file <[key=]file>', 'take a docker config.json as it is, in place of the flags above')
    .option('-n, --namespace <name>', 'namespace of the secret; none is written by default')
    .addOption(
      new Option(
        '--image <name>',
        'warn when the secret does not serve this image; may be repeated',
      ).argParser(collect),
    )
    .addOption(
      new Option('-o, --output <format[=file]>', 'yaml or json, to standard output or to a file').default(
        'yaml',
      ),
    )
    .option('-v, --verbose', 'for a bug, the stack')
    .addHelpText('after', createNotes)
    .action(async (name: string, options) => {
      const { runSecretCreate } = await import('./commands/secret-create.js');
      ended(await runSecretCreate(name, options, terminal));
    });
}

const createNotes = `
What is written holds the password, as base64: that is no protection. Warnings go to standard error.

Example:
  printf %s "$PASSWORD" | pullsim secret create regcred --docker-server registry.example.com:5000 \\
    --docker-username ci --password-stdin --image registry.example.com:5000/team/app -o yaml=regcred.yaml`;
