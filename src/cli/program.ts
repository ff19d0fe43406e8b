import { Command, CommanderError, Option } from 'commander';
import { checkFormats } from './check-formats.js';
import { addCompletion } from './completion-command.js';
import { type ExitCode, exitCodes } from './exit-code.js';
import { addInit } from './init-command.js';
import { reportBug } from './report-bug.js';
import { addSecret } from './secret-command.js';
import { addServe } from './serve-command.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { readVersion } from './version.js';

/**
 * Runs one command line and tells how it ended. Commands are imported when they are called, so that `pullsim --version`
 * does not pay for a registry.
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = describeProgram(terminal, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, args, terminal);
  }
}

/** `-h` and `--version` end as an exception too, with code 0; everything else of commander's is bad usage. */
async function explain(error: unknown, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof UsageError || (error as Error | undefined)?.name === 'WorldError') {
    for (const line of (error as Error).message.split('\n')) terminal.err(`pullsim: ${line}\n`);
    return exitCodes.usage;
  }
  reportBug(error, args, terminal);
  return exitCodes.bug;
}

type Ended = (code: ExitCode) => void;

function describeProgram(terminal: Terminal, ended: Ended): Command {
  const program = new Command('pullsim')
    .description(
      'Would the kubelet pull this image, with these credentials? And if not: why, and what do I change?\n' +
        'Needs no cluster and no Docker: a mock registry and a simulated kubelet meet on a real socket.',
    )
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'pullsim: ')),
    })
    .showSuggestionAfterError()
    .addHelpText('after', programExamples);
  addCheck(program, terminal, ended);
  addServe(program, [config(), verbose()], terminal, ended);
  addExplain(program, terminal, ended);
  addParse(program, terminal, ended);
  addMatch(program, terminal, ended);
  addInit(program, terminal, ended);
  addSecret(program, terminal, ended);
  addHashPassword(program, terminal, ended);
  addCompletion(program, terminal, ended);
  return program;
}

const programExamples = `
Examples:
  pullsim check --config classroom deploy.yaml     judge your manifests in the bundled world
  helm template ./chart | pullsim check -          judge a rendered chart
  pullsim serve                                    a registry for docker, podman, skopeo, ctr
  pullsim parse nginx registry.io:5000/app@sha256:…`;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const verbose = () => new Option('-v, --verbose', 'print more: HTTP exchanges; for a bug, the stack');
const config = () =>
  new Option(
    '--config <file>',
    'the world: a file, or "classroom" for the bundled one (default: pullsim.yaml)',
  );
const format = (formats: readonly string[]) =>
  new Option(
    '-o, --output <format[=file]>',
    `${formats.join(', ')} (default: text); may be repeated, to standard output or to a file`,
  ).argParser(collect);

function addCheck(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('check')
    .description('judge every image of pods and workloads, by really pulling it from the mock registry')
    .argument(
      '[files...]',
      'YAML or JSON files, folders, patterns ("apps/**/*.yaml"), or - for standard input',
    )
    .addOption(
      new Option('-f, --filename <file>', 'the same as an argument; may be repeated').argParser(collect),
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .addOption(format(checkFormats))
    .addOption(config())
    .addOption(
      new Option('--undeclared <mode>', 'what a registry is that the world does not list').choices([
        'error',
        'public',
        'private',
      ]),
    )
    .option(
      '--kubernetes-version <version>',
      'version of the API server and of every kubelet, for example 1.34',
    )
    .option(
      '--runtime <name>',
      'runtime of every node: containerd-2.3, containerd-1.7, containerd-1.6 or cri-o',
    )
    .addOption(
      new Option(
        '--assume-secret <ns/name=user@registry>',
        'a pull secret that is not in the files and whose login works; may be repeated',
      ).argParser(collect),
    )
    .option('--node <name>', 'judge on this node of the world only')
    .option(
      '--at <age>',
      'show the pods at this age (90s, 15m, 2h) as kubectl get pods and kubectl describe pod do, not once settled',
    )
    .addOption(
      new Option('--fail-on <severity>', 'what makes the exit code 1')
        .choices(['error', 'warning', 'never'])
        .default('error'),
    )
    .addOption(
      new Option(
        '--ignore <rule>',
        'set findings of this rule aside; several between commas, may be repeated',
      ).argParser(collect),
    )
    .option(
      '--ignore-file <file>',
      'rules to ignore, with # comments (default: .pullsimignore, if it is there)',
    )
    .addOption(verbose())
    .option('-q, --quiet', 'print failures only')
    .addHelpText('after', checkNotes)
    .action(async (files: string[], options) => {
      const { runCheck } = await import('./commands/check.js');
      ended(await runCheck(files, options, terminal));
    });
}

const checkNotes = `
Exit codes:
  0   every image would be pulled
  1   some image would not be pulled, or the API server refuses an object
  2   bad usage, or some input cannot be read
  3   could not decide: the world does not say enough
  70  a bug of ours

Findings that are ignored (--ignore, --ignore-file, or the annotation pullsim/ignore: KEY03,REF02 on a pod, a workload or
its template) count for nothing. Verdicts stay: an image that would not be pulled still ends with 1, unless --fail-on never.

Examples:
  pullsim check deploy.yaml secret.yaml
  pullsim check --at 15m deploy.yaml               the events that kubectl describe pod shows after 15 minutes
  pullsim check --config world.yaml -o github -o junit=pulls.xml -o sarif=pulls.sarif manifests/
  kubectl get pods,secrets -o yaml | pullsim check --undeclared private -`;

function addExplain(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('explain')
    .description(
      'print what a rule means, or how the kubelet comes to its decision about a pod, step by step',
    )
    .argument('<topic>', 'the id of a rule (KEY03), "rules" for all of them, pod/NAME or deployment/NAME')
    .addOption(
      new Option('-f, --filename <file>', 'where the pod is written; may be repeated').argParser(collect),
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .addOption(config())
    .option('--node <name>', 'on this node of the world only')
    .addOption(verbose())
    .addHelpText(
      'after',
      '\nExamples:\n  pullsim explain KEY03\n  pullsim explain deployment/web --config classroom -f manifests/',
    )
    .action(async (topic: string, options) => {
      const { runExplain } = await import('./commands/explain.js');
      ended(await runExplain(topic, options, terminal));
    });
}

function addParse(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('parse')
    .description('print what the kubelet makes of an image name, or why it refuses it')
    .argument('<images...>', 'image names as pods write them')
    .addOption(format(['text', 'json']))
    .addOption(verbose())
    .action(async (images: string[], options) => {
      const { runParse } = await import('./commands/parse.js');
      ended(await runParse(images, options, terminal));
    });
}

function addMatch(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('match')
    .description('tell whether a registry key of a pull secret serves an image, and which step decided')
    .argument('<key>', 'a key below "auths", for example https://index.docker.io/v1/')
    .argument('<image>', 'an image name as a pod writes it')
    .addOption(format(['text', 'json']))
    .addOption(verbose())
    .addHelpText('after', '\nExit codes: 0 it matches, 1 it does not, 2 the image name cannot be read')
    .action(async (key: string, image: string, options) => {
      const { runMatch } = await import('./commands/match.js');
      ended(await runMatch(key, image, options, terminal));
    });
}

function addHashPassword(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('hash-password')
    .description('print the bcrypt hash of a password, for "passwordHash" in a world file')
    .option('--password-stdin', 'read the password from standard input, also from a terminal')
    .option('--cost <number>', 'bcrypt cost', '10')
    .addOption(verbose())
    .addHelpText('after', '\nExample:\n  printf %s "$PASSWORD" | pullsim hash-password --password-stdin')
    .action(async (options) => {
      const { runHashPassword } = await import('./commands/hash-password.js');
      ended(await runHashPassword(options, terminal));
    });
}
