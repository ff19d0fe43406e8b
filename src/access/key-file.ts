import {
  createPrivateKey,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  type X509Certificate,
} from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readBundle, readCertificate } from './certificate-chain.js';
import {
  generateSigningKey,
  type SigningAlgorithm,
  type SigningKey,
  SigningKeyError,
  signingKey,
} from './signing-key.js';

/**
 * Opens the file of a signing key: PEM (PKCS #8, PKCS #1 or SEC 1, with its CERTIFICATE in the same file) or a JWK (with
 * its certificate in `x5c`). Without a certificate tokens carry only a key id.
 *
 * A file that does not exist is made, key and certificate together, with mode 0600: as a JWK when its name ends in
 * `.json` or `.jwk`, else as PEM. Of several servers that start at once all use the one file that was first.
 *
 * @throws SigningKeyError naming the file and what is wrong with it, never its content
 */
export function openKeyFile(
  file: string,
  options: {
    /** For a file that is made: ES256 by default. */
    readonly algorithm?: SigningAlgorithm;
    readonly now: Date;
    readonly random: (bytes: number) => Uint8Array;
  },
): SigningKey {
  const text = read(file) ?? make(file, generateSigningKey(options.algorithm ?? 'ES256', options));
  try {
    return text.trimStart().startsWith('{') ? parseJwk(text) : parsePem(text);
  } catch (error) {
    const problem =
      error instanceof SigningKeyError ? error.message : 'it holds no private key that can be read';
    throw new SigningKeyError(`signing key ${file}: ${problem}`);
  }
}

function parsePem(text: string): SigningKey {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text))
    throw new SigningKeyError('it is encrypted: give it without a passphrase');
  const key = createPrivateKey(text);
  return signingKey(key, certificateOf(key, readBundle(text)));
}

function parseJwk(text: string): SigningKey {
  const jwk = JSON.parse(text) as JsonWebKey & { readonly x5c?: readonly string[] };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const certificates = (jwk.x5c ?? []).map((base64) => readCertificate(base64));
  if (certificates.includes(undefined)) throw new SigningKeyError('its x5c holds no certificate');
  return signingKey(key, certificateOf(key, certificates as readonly X509Certificate[]));
}

/** A file may hold a whole chain: the certificate of the key is what counts. */
function certificateOf(
  key: KeyObject,
  certificates: readonly X509Certificate[],
): X509Certificate | undefined {
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined && certificates.length > 0)
    throw new SigningKeyError('its certificate belongs to another key');
  return own;
}

/** `undefined` when there is no such file. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    throw new SigningKeyError(`signing key ${file}: it cannot be read (${code})`);
  }
}

/** Writes a draft and links it into place: the name appears with the whole content, and never replaces another's. */
function make(file: string, key: SigningKey): string {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, format(file, key), { mode: 0o600, flag: 'wx', flush: true });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SigningKeyError(
      `signing key ${file}: it cannot be made (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

function format(file: string, { privateKey, certificate, algorithm }: SigningKey): string {
  if (!/\.(?:json|jwk)$/.test(file))
    return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${certificate?.toString() ?? ''}`;
  const x5c = certificate === undefined ? {} : { x5c: [certificate.raw.toString('base64')] };
  return `${JSON.stringify({ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: algorithm, ...x5c }, null, 2)}\n`;
}
