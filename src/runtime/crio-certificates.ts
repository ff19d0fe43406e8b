import { join } from 'node:path';
import type { TlsSettings } from './connection.js';
import type { HostsDirectory } from './hosts-directory.js';
import { PullError } from './pull-error.js';

/**
 * TLS settings of one registry (`containers-certs.d(5)`): in the directory of its name, `*.crt` are trusted besides the
 * system's roots, and `*.cert` with `*.key` are client certificates.
 *
 * @param host as in references, port included: `docker.io`
 * @throws {@link PullError} for a certificate without its key, and a key without its certificate
 */
export function certificatesFor(
  host: string,
  directory: HostsDirectory | undefined,
  insecure: boolean,
): TlsSettings {
  const folder = directory === undefined ? '' : join(directory.root, host);
  const files = directory?.list(folder) ?? [];
  if (files.length === 0) return insecure ? unverified : verified;
  checkPairs(files);
  const read = (name: string) => directory?.read(join(folder, name)) ?? '';
  const ca = files.filter((name) => name.endsWith('.crt')).map(read);
  const clients = files.filter((name) => name.endsWith('.cert'));
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...(clients.length === 0
      ? {}
      : {
          clientCertificates: clients.map((cert) => ({
            cert: read(cert),
            key: read(cert.replace(/\.cert$/, '.key')),
          })),
        }),
    ...(insecure ? { skipVerify: true } : {}),
  };
}

/** One object each, so that connections are shared. */
const verified: TlsSettings = {};
const unverified: TlsSettings = { skipVerify: true };

function checkPairs(files: readonly string[]): void {
  for (const file of files) {
    const certificate = file.replace(/\.key$/, '.cert');
    const key = file.replace(/\.cert$/, '.key');
    if (file.endsWith('.cert') && !files.includes(key)) {
      throw problem(
        `missing key ${key} for client certificate ${file}. Note that CA certificates should use the extension .crt`,
      );
    }
    if (file.endsWith('.key') && !files.includes(certificate)) {
      throw problem(`missing client certificate ${certificate} for key ${file}`);
    }
  }
}

const problem = (text: string) => new PullError(text, { kind: 'other' });
