import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { JournalEntry } from '../access/journal.js';
import type { RunningServer, ServerOptions } from '../world/run-server.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** The flags of `serve`, as the command line has them. */
export interface ServeOptions {
  readonly config?: string;
  readonly port: string;
  readonly host: string;
  readonly publicUrl?: string;
  readonly readyFile?: string;
  readonly journal?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tokenOnly?: boolean;
  readonly state?: string;
  readonly tokenHeader?: 'certificate' | 'key-id';
  readonly control?: boolean;
  readonly controlPort?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** What every server of `serve` is started with. */
export interface CommonServerOptions extends ServerOptions {
  readonly publicUrl?: string;
  readonly journal?: (entry: JournalEntry) => void;
  readonly onError: (error: unknown) => void;
}

/** @throws {@link UsageError} for a flag that means nothing or names a file that cannot be used */
export function readServerOptions(options: ServeOptions, terminal: Terminal): CommonServerOptions {
  const publicUrl = readPublicUrl(options.publicUrl);
  return {
    port: readPort(options.port),
    host: options.host,
    tls: readTls(options),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(options.journal !== undefined && { journal: journalTo(options.journal, terminal) }),
    onError: (error) => terminal.err(`pullsim: ${describeError(error, options.verbose ?? false)}\n`),
  };
}

/** Where `--tls` writes the certificate to trust: alone in a folder, as `--cert-dir` of podman and skopeo wants it. */
const defaultCaFile = 'pullsim-tls/ca.crt';

/** Writes what clients must trust. @returns where; `undefined` when the certificate is the user's own */
export function writeCa({ ca }: RunningServer, { tlsCa }: ServeOptions): string | undefined {
  if (ca === undefined) return undefined;
  const file = tlsCa ?? defaultCaFile;
  try {
    replaceFile(file, ca);
    return file;
  } catch (error) {
    throw new UsageError(`--tls-ca ${file} cannot be written (${codeOf(error)})`);
  }
}

/** Where the control API answers, and to which token. */
export interface ControlAddress {
  readonly url: string;
  readonly token: string;
}

/** Tells a waiting script that the server answers. @returns takes the file away again */
export function announce(
  file: string | undefined,
  { url, host, port }: RunningServer,
  control?: ControlAddress,
): () => void {
  if (file === undefined) return () => undefined;
  try {
    const ready = { url, host, port, pid: process.pid, ...(control && { control }) };
    // The token is for whoever may read the file: its owner.
    replaceFile(file, `${JSON.stringify(ready)}\n`, control && 0o600);
  } catch (error) {
    throw new UsageError(`--ready-file ${file} cannot be written (${codeOf(error)})`);
  }
  return () => rmSync(file, { force: true });
}

/** Written beside and renamed, so that whoever waits for the file never reads half of it. */
export function replaceFile(file: string, content: string, mode = 0o666): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, content, { mode });
  renameSync(beside, file);
}

/** What the user can do about a server that did not start; `undefined` for what is no mistake of theirs. */
export function startProblem(error: unknown, { port, host }: ServeOptions): UsageError | undefined {
  const { name, message, code, path, syscall } = error as NodeJS.ErrnoException;
  if (name === 'StoreLocked') return new UsageError(message);
  // A folder of the world or of --state.
  if (path !== undefined && syscall !== 'listen')
    return new UsageError(`${path} cannot be used (${code}): is it a folder that you may write to?`);
  switch (code) {
    case 'EADDRINUSE':
      return new UsageError(
        `port ${port} of ${host} is in use: choose another with --port, or take a free one with --port 0`,
      );
    case 'EACCES':
      return new UsageError(
        `port ${port} needs more rights than you have: choose one above 1023 with --port`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`--host ${host} is no address of this machine`);
    default:
      return undefined;
  }
}

/** The port of the control API; undefined when none is asked for. */
export function readControlPort({ control, controlPort, tokenOnly }: ServeOptions): number | undefined {
  if (!control) {
    if (controlPort !== undefined) throw new UsageError('--control-port is the port of --control: add it');
    return undefined;
  }
  if (tokenOnly) throw new UsageError('--control is for registries, and --token-only serves none');
  return readPort(controlPort ?? '0', '--control-port');
}

function readPort(text: string, flag = '--port'): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`${flag} must be a number from 0 to 65535, not "${text}"`);
}

/** Only scheme and authority count: the realm is `<url>/token`. */
function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^https?:\/\/[^/?#\s]+\/?$/.test(text)) return text.replace(/\/$/, '');
  throw new UsageError(`--public-url must be http:// or https:// and a host, without a path, not "${text}"`);
}

function readTls({ tls = false, tlsCa, tlsCert, tlsKey }: ServeOptions): NonNullable<ServerOptions['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (tlsCa !== undefined && !tls)
      throw new UsageError('--tls-ca says where --tls writes its certificate: add --tls');
    return tls;
  }
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UsageError('--tls-cert and --tls-key belong together: give both, or --tls alone');
  if (tlsCa !== undefined) throw new UsageError('--tls-ca has no use with --tls-cert: nothing is made then');
  const identity = { cert: readText('--tls-cert', tlsCert), key: readText('--tls-key', tlsKey) };
  try {
    createSecureContext(identity);
  } catch (error) {
    throw new UsageError(
      `--tls-cert ${tlsCert} and --tls-key ${tlsKey} are no certificate with its private key in PEM (${codeOf(error)})`,
    );
  }
  return identity;
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${flag} ${file} cannot be read (${codeOf(error)})`);
  }
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? 'unknown error');

function journalTo(file: string, terminal: Terminal): (entry: JournalEntry) => void {
  if (file === '-') return (entry) => terminal.out(`${JSON.stringify(entry)}\n`);
  try {
    appendFileSync(file, '');
  } catch (error) {
    throw new UsageError(`--journal ${file} cannot be written (${codeOf(error)})`);
  }
  return (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

const describeError = (error: unknown, verbose: boolean): string =>
  error instanceof Error ? ((verbose ? error.stack : undefined) ?? error.message) : String(error);
