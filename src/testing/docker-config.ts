import type { SecretManifest } from './mutation.js';

/** One entry below `auths`; fields of any type, because mistakes come in any type. */
export type ConfigEntry = Readonly<Record<string, unknown>>;

export interface DockerConfig {
  readonly auths: Readonly<Record<string, ConfigEntry>>;
}

/**
 * The docker config of a good pull secret.
 *
 * @throws TypeError when the secret is none: only what is good can be broken in one way
 */
export function readConfig(secret: SecretManifest): DockerConfig {
  const config = JSON.parse(configText(secret)) as DockerConfig;
  if (typeof config.auths !== 'object' || config.auths === null)
    throw new TypeError(`secret "${secret.metadata?.name}" has no "auths" to break`);
  return config;
}

const configKey = '.dockerconfigjson';

/** The JSON of a good pull secret. */
export function configText({ data, stringData, metadata }: SecretManifest): string {
  const plain = stringData?.[configKey];
  const encoded = data?.[configKey];
  if (plain !== undefined) return plain;
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
  throw new TypeError(`secret "${metadata?.name}" has no ${configKey} to break`);
}

/** The secret with another value, in the field in which the old one stood. */
export function withText(secret: SecretManifest, text: string, key = configKey): SecretManifest {
  if (secret.stringData?.[configKey] !== undefined) return { ...secret, stringData: { [key]: text } };
  return { ...secret, data: { [key]: Buffer.from(text).toString('base64') } };
}

/** The secret with this value under `data`, base64 or not. */
export function withData(secret: SecretManifest, value: string): SecretManifest {
  const { stringData: _, ...rest } = secret;
  return { ...rest, data: { [configKey]: value } };
}

export const withConfig = (secret: SecretManifest, config: unknown): SecretManifest =>
  withText(secret, JSON.stringify(config, null, 2));

/** Every entry changed alike. */
export function withEntries(
  secret: SecretManifest,
  change: (entry: Login, key: string) => ConfigEntry,
): SecretManifest {
  const { auths } = readConfig(secret);
  const changed = Object.entries(auths).map(([key, entry]) => [key, change(loginOf(entry), key)]);
  return withConfig(secret, { auths: Object.fromEntries(changed) });
}

/** Every key changed alike. */
export function withKeys(secret: SecretManifest, change: (key: string) => string): SecretManifest {
  const { auths } = readConfig(secret);
  const changed = Object.entries(auths).map(([key, entry]) => [change(key), entry]);
  return withConfig(secret, { auths: Object.fromEntries(changed) });
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** An entry as kubectl writes it. */
export const entryOf = ({ username, password }: Login): ConfigEntry => ({
  username,
  password,
  auth: authOf(username, password),
});

export const authOf = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64');

function loginOf({ username, password, auth }: ConfigEntry): Login {
  if (typeof auth !== 'string') return { username: String(username ?? ''), password: String(password ?? '') };
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
