import { readFileSync } from 'node:fs';
import { InvalidDockerConfig } from '../credentials/docker-config.js';
import type { NodeCredentials } from '../credentials/keyring.js';
import { readNodeConfig } from '../credentials/node-config.js';
import type { KubeletLog } from './kubelet-log.js';
import { systemErrorText } from './system-error.js';

export interface NodeDockerConfigOptions {
  /** Files in the order in which they are tried, see `nodeConfigPaths`. */
  readonly paths: readonly string[];
  readonly now: () => Date;
  readonly log: KubeletLog;
}

/** How long the kubelet keeps what it found, also when it found nothing. */
const keptMs = 5 * 60_000;

/**
 * The node's own docker config, read when it is asked for and kept for five minutes (kubelet.md §2.8). The first file that
 * exists and parses wins; one that cannot be read or parsed is logged and passed over. Never throws.
 */
export function createNodeDockerConfig({
  paths,
  now,
  log,
}: NodeDockerConfigOptions): () => NodeCredentials | undefined {
  let kept: { readonly found: Found | undefined; readonly untilMs: number } | undefined;
  return () => {
    const nowMs = now().getTime();
    if (kept === undefined || nowMs > kept.untilMs)
      kept = { found: findConfig(paths, kept?.found, log), untilMs: nowMs + keptMs };
    return kept.found?.credentials;
  };
}

interface Found {
  readonly credentials: NodeCredentials;
  readonly content: Buffer;
}

/** @param before what is given again when the file did not change */
function findConfig(paths: readonly string[], before: Found | undefined, log: KubeletLog): Found | undefined {
  for (const file of paths) {
    const content = readIfPresent(file, log);
    if (content === undefined) continue;
    if (before?.credentials.file === file && content.equals(before.content)) return before;
    const auths = parse(file, content, log);
    if (auths !== undefined) return { credentials: { auths, file }, content };
  }
  return undefined;
}

function readIfPresent(file: string, log: KubeletLog): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      passOver(file, systemErrorText('open', file, error), log);
    return undefined;
  }
}

function parse(file: string, content: Buffer, log: KubeletLog) {
  try {
    return readNodeConfig(file, content);
  } catch (error) {
    if (!(error instanceof InvalidDockerConfig)) throw error;
    passOver(file, error.message, log);
    return undefined;
  }
}

function passOver(path: string, error: string, log: KubeletLog): void {
  const message = 'Unable to parse Docker config file';
  log({ severity: 'info', verbosity: 2, message, error, values: { path } });
}
