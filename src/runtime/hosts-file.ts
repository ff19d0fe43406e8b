import { isAbsolute, join, posix } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { findHostDirectory, type HostsDirectory } from './hosts-directory.js';
import { httpUrlProblem, parseHttpUrl } from './http-url.js';

export type Capability = 'pull' | 'resolve' | 'push' | 'referrers';

const capabilityNames: readonly string[] = ['pull', 'resolve', 'push', 'referrers'];
export const allCapabilities = capabilityNames as readonly Capability[];

/** One host as a file configures it, before defaults. File names are absolute. */
export interface HostConfig {
  readonly scheme: string;
  /** Empty: the default host of the reference. */
  readonly host: string;
  readonly path: string;
  readonly capabilities: readonly Capability[];
  readonly caFiles?: readonly string[];
  /** Certificate and key file; the key is empty when one file holds both. */
  readonly clientFiles?: readonly (readonly [cert: string, key: string])[];
  readonly skipVerify?: boolean;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
}

/**
 * What the hosts directory says of one registry host, in the order in which hosts are asked; the server is the last
 * (runtime.md §4.3). A missing, empty or unreadable `hosts.toml` means Docker's layout: `*.crt` are CAs, `*.cert` with
 * `*.key` client certificates.
 *
 * @returns `undefined` when no directory exists for the host
 */
export function readHostConfigs(
  directory: HostsDirectory,
  host: string,
  options: { readonly splitsConfigPath: boolean; readonly needsHostTables: boolean },
): readonly HostConfig[] | undefined {
  const folder = findHostDirectory(directory, host, options.splitsConfigPath);
  if (folder === undefined) return undefined;
  const text = directory.read(join(folder, 'hosts.toml')) ?? '';
  const configured = text === '' ? undefined : parseHostsFile(text, folder, options.needsHostTables);
  return configured ?? [dockerLayout(directory, folder)];
}

/** `undefined` when the file cannot be used: containerd logs that and goes on without it. */
function parseHostsFile(text: string, folder: string, needsHostTables: boolean): HostConfig[] | undefined {
  try {
    const file = parseToml(text) as Table;
    const hosts = file.host === undefined ? [] : Object.entries(tableOf(file.host, 'host'));
    const server = typeof file.server === 'string' ? file.server : '';
    if (needsHostTables && file.host === undefined) return undefined;
    return [
      ...hosts.map(([url, table]) => hostConfig(url, tableOf(table, url), folder)),
      hostConfig(server, file, folder),
    ];
  } catch {
    return undefined;
  }
}

type Table = Readonly<Record<string, unknown>>;

/** A value of another type than containerd expects; the whole file is then left out. */
class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

function hostConfig(server: string, table: Table, folder: string): HostConfig {
  const overridesPath = table.override_path === true;
  const address = server === '' ? noAddress : serverAddress(server, overridesPath);
  return {
    ...address,
    capabilities: capabilitiesOf(table.capabilities),
    ...(table.ca === undefined
      ? {}
      : { caFiles: textsOf(table.ca, 'ca').map((file) => absolute(file, folder)) }),
    ...(table.client === undefined ? {} : { clientFiles: clientPairs(table.client, folder) }),
    ...(typeof table.skip_verify === 'boolean' ? { skipVerify: table.skip_verify } : {}),
    ...(table.header === undefined ? {} : { headers: headersOf(tableOf(table.header, 'header')) }),
  };
}

const noAddress = { scheme: '', host: '', path: '' };

function serverAddress(server: string, overridesPath: boolean) {
  const address = server.startsWith('http') ? server : `https://${server}`;
  if (httpUrlProblem(address) !== undefined) throw new UnusableFile(`server ${server}`);
  const { scheme, host, path } = parseHttpUrl(address);
  if (path === '') return { scheme, host, path: overridesPath ? '' : '/v2' };
  const clean = posix.normalize(path).replace(/(.)\/$/, '$1');
  return { scheme, host, path: overridesPath || clean.endsWith('/v2') ? clean : `${clean}/v2` };
}

function capabilitiesOf(value: unknown): readonly Capability[] {
  const names = value === undefined ? [] : textsOf(value, 'capabilities').map((name) => name.toLowerCase());
  const unknown = names.find((name) => !capabilityNames.includes(name));
  if (unknown !== undefined) throw new UnusableFile(`unknown capability ${unknown}`);
  return names.length === 0 ? allCapabilities : (names as Capability[]);
}

function clientPairs(value: unknown, folder: string): (readonly [string, string])[] {
  const entries = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(entries)) throw new UnusableFile('client');
  return entries.map((entry) => {
    const files = textsOf(entry, 'client').map((file) => absolute(file, folder));
    const isPair = Array.isArray(entry);
    if (isPair !== (files.length === 2)) throw new UnusableFile('client');
    return [files[0] ?? '', files[1] ?? ''];
  });
}

const headersOf = (table: Table) =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, textsOf(value, name)]));

function textsOf(value: unknown, where: string): readonly string[] {
  const values = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(values) || !values.every((text) => typeof text === 'string'))
    throw new UnusableFile(where);
  return values;
}

function tableOf(value: unknown, where: string): Table {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnusableFile(where);
  return value as Table;
}

const absolute = (file: string, folder: string) => (isAbsolute(file) ? file : join(folder, file));

function dockerLayout(directory: HostsDirectory, folder: string): HostConfig {
  const files = directory.list(folder);
  const caFiles = files.filter((name) => name.endsWith('.crt')).map((name) => join(folder, name));
  const clientFiles = files
    .filter((name) => name.endsWith('.cert'))
    .map((name): [string, string] => {
      const key = name.replace(/\.cert$/, '.key');
      return [join(folder, name), files.includes(key) ? join(folder, key) : ''];
    });
  return {
    ...noAddress,
    capabilities: allCapabilities,
    ...(caFiles.length === 0 ? {} : { caFiles }),
    ...(clientFiles.length === 0 ? {} : { clientFiles }),
  };
}
