import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { byteStringOf } from '../credentials/byte-string.js';
import { readObjectKind, UnreadableKind } from './object-kind.js';
import {
  decodeProviderResponse,
  encodeProviderRequest,
  type ProviderRequest,
  type ProviderResponse,
} from './provider-protocol.js';
import { systemReason } from './system-error.js';

/** A plugin: a program that the kubelet runs for each question. */
export interface ProviderProgram {
  readonly name: string;
  readonly binDir: string;
  /** Of the protocol. */
  readonly apiVersion: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name?: string; readonly value?: string }[];
}

export interface ProviderExecOptions {
  /** The kubelet's own environment, `NAME=value`. */
  readonly environ: () => readonly string[];
  /** A program that takes longer is killed. The kubelet's minute by default. */
  readonly timeoutMs?: number;
  /** See {@link decodeProviderResponse}. */
  readonly strict: boolean;
}

/** A program that gave no usable answer. The message is what the kubelet logs. */
export class ProviderExecError extends Error {
  override readonly name = 'ProviderExecError';
}

/** Asks a plugin. */
export type AskProvider = (request: ProviderRequest) => Promise<ProviderResponse>;

/**
 * Runs a plugin for each question (kubelet.md §8.3): the request on its standard input, the response from its standard
 * output.
 *
 * The promise rejects with {@link ProviderExecError}.
 */
export function createAskProvider(program: ProviderProgram, options: ProviderExecOptions): AskProvider {
  return async (request) => {
    const { output, failure, errors } = await run(program, request, options);
    if (failure !== undefined) {
      const said = `error execing credential provider plugin ${program.name} for image ${request.image}`;
      throw new ProviderExecError(`${said}: ${failure}: ${withoutToken(errors, request)}`);
    }
    checkVersion(output, program);
    try {
      return decodeProviderResponse(output, options.strict);
    } catch {
      // The reason is withheld: it may hold credentials.
      throw new ProviderExecError('error decoding credential provider plugin response from stdout');
    }
  };
}

/** Before anything else is looked at, the answer must be of the version that was asked. */
function checkVersion(output: Uint8Array, { apiVersion }: ProviderProgram): void {
  let actual: string;
  try {
    ({ apiVersion: actual } = readObjectKind(byteStringOf(output)));
  } catch (error) {
    if (!(error instanceof UnreadableKind)) throw error;
    throw new ProviderExecError(`error reading GVK from response: ${error.message}`);
  }
  if (actual !== apiVersion) {
    const said = 'apiVersion from credential plugin response did not match';
    throw new ProviderExecError(`${said} expected apiVersion:${apiVersion}, actual apiVersion:${actual}`);
  }
}

/** A plugin that prints its input on the error output would write the token into the log. */
const withoutToken = (text: string, { serviceAccountToken = '' }: ProviderRequest): string =>
  serviceAccountToken === '' ? text : text.replaceAll(serviceAccountToken, '***');

/** The kubelet's environment with the configured variables behind it: of two with one name the last one counts. */
export function mergeEnvironment(
  own: readonly string[],
  configured: ProviderProgram['env'],
): readonly string[] {
  return [...own, ...configured.map(({ name = '', value = '' }) => `${name}=${value}`)];
}

interface Finished {
  readonly output: Uint8Array;
  readonly errors: string;
  /** Go's text for how it ended; absent: well. */
  readonly failure?: string;
}

const defaultTimeoutMs = 60_000;

async function run(
  { name, binDir, apiVersion, args, env }: ProviderProgram,
  request: ProviderRequest,
  { environ, timeoutMs = defaultTimeoutMs }: ProviderExecOptions,
): Promise<Finished> {
  const path = join(binDir, name);
  if (isScriptWithoutInterpreter(path)) return notStarted(path, { code: 'ENOEXEC' });
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(path, args, { env: environmentOf(mergeEnvironment(environ(), env)), stdio: 'pipe' });
  } catch (error) {
    return notStarted(path, error);
  }
  child.stdin.on('error', () => undefined); // It need not read its input.
  child.stdin.end(encodeProviderRequest(apiVersion, request));
  return finish(child, path, timeoutMs);
}

function finish(child: ChildProcessWithoutNullStreams, path: string, timeoutMs: number): Promise<Finished> {
  const output: Buffer[] = [];
  const errors: string[] = [];
  const decoder = new StringDecoder('utf8');
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(decoder.write(chunk)));
  return new Promise((resolve) => {
    const end = (failure?: string) => {
      clearTimeout(timer);
      const read = { output: Buffer.concat(output), errors: errors.join('') + decoder.end() };
      resolve(failure === undefined ? read : { ...read, failure });
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What it started itself may keep the pipes open for ever.
      child.stdout.destroy();
      child.stderr.destroy();
      end('context deadline exceeded');
    }, timeoutMs);
    child.on('error', (error) => end(startFailure(path, error)));
    child.on('close', (code, signal) => end(exitFailure(code, signal)));
  });
}

const notStarted = (path: string, error: unknown): Finished => ({
  output: new Uint8Array(),
  errors: '',
  failure: startFailure(path, error),
});

const startFailure = (path: string, error: unknown) => `fork/exec ${path}: ${systemReason(error)}`;

/** Go's words for how a process ended. */
function exitFailure(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) return `signal: ${signalTexts[signal] ?? signal}`;
  return code === 0 ? undefined : `exit status ${code}`;
}

const signalTexts: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT: 'aborted',
  SIGALRM: 'alarm clock',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGSYS: 'bad system call',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
  SIGUSR1: 'user defined signal 1',
  SIGUSR2: 'user defined signal 2',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'file size limit exceeded',
};

function environmentOf(variables: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    variables.flatMap((variable) => {
      const equals = variable.indexOf('=', 1);
      return equals < 0 ? [] : [[variable.slice(0, equals), variable.slice(equals + 1)]];
    }),
  );
}

/**
 * A text that does not begin with `#!`. The system cannot run it and Go says so, while Node would go on and try the shell.
 */
function isScriptWithoutInterpreter(path: string): boolean {
  const head = readHead(path);
  return head !== undefined && !head.includes(0) && !head.subarray(0, 2).equals(Buffer.from('#!'));
}

/** `undefined`: unreadable, which says nothing about whether it can run. */
function readHead(path: string): Buffer | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(64);
      return head.subarray(0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
