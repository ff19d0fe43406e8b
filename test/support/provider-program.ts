import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A shell program as a credential provider plugin. */
export async function writeProgram(folder: string, name: string, ...lines: readonly string[]): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(path, 0o755);
}

/** A line of shell that prints a text as it is. */
export const printed = (text: string) => `printf '%s' '${text.replaceAll("'", `'\\''`)}'`;

/** A response as a plugin prints it. */
export const responseOf = (members: object, version = 'v1') =>
  JSON.stringify({
    kind: 'CredentialProviderResponse',
    apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
    ...members,
  });
