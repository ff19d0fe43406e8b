import { CorruptBase64, decodeBase64 } from '../wire/go-base64.js';
import { byteStringOf, fromByteString, toByteString } from './byte-string.js';
import {
  fieldNamed,
  type JsonMember,
  JsonTypeError,
  type JsonValue,
  jsonDocument,
  jsonMembers,
  jsonText,
} from './go-json.js';
import { jsonSyntaxError } from './go-json-syntax.js';

/** What a docker config says about one registry, after the kubelet's rules. */
export interface DockerConfigEntry {
  /** As written. */
  readonly key: string;
  readonly username: string;
  readonly password: string;
  readonly email: string;
  /** `auth` was there beside `username` or `password`, and replaced both. */
  readonly authReplaced: boolean;
  /** Members that the kubelet does not read, as written: `identitytoken`, `serveraddress`. */
  readonly ignoredMembers: readonly string[];
}

/** A decoded docker config, entries in document order. */
export interface DockerConfig {
  readonly entries: readonly DockerConfigEntry[];
  /** Members of the document that the kubelet does not read: `credsStore`, `credHelpers`. */
  readonly ignoredMembers: readonly string[];
}

/** A docker config that cannot be decoded; the message is Go's, which the kubelet shows as it is (kubelet.md §2.2). */
export class InvalidDockerConfig extends Error {
  override readonly name = 'InvalidDockerConfig';
}

/**
 * Decodes `.dockerconfigjson` and `config.json`: entries below `auths`.
 *
 * @throws {@link InvalidDockerConfig}
 */
export function decodeDockerConfigJson(content: Uint8Array | string): DockerConfig {
  return decode(content, readConfig);
}

/**
 * Decodes the legacy `.dockercfg`: a bare map of entries.
 *
 * @throws {@link InvalidDockerConfig}
 */
export function decodeDockercfg(content: Uint8Array | string): DockerConfig {
  return decode(content, readLegacyConfig);
}

/**
 * Decodes one entry by itself. Type errors then name the entry's struct instead of the path to it.
 *
 * @throws {@link InvalidDockerConfig}
 */
export function decodeDockerConfigEntry(content: Uint8Array | string): Omit<DockerConfigEntry, 'key'> {
  return decode(content, readEntry);
}

/** Entries given as values, for example a credential provider's answer or a library user's map. */
export type Auths = Readonly<Record<string, AuthsEntry>>;

export interface AuthsEntry {
  readonly username?: string;
  readonly password?: string;
  readonly email?: string;
  /** base64 of `username:password`; replaces both. */
  readonly auth?: string;
}

/**
 * The entries of a map of values, decoded like those of a file.
 *
 * @throws {@link InvalidDockerConfig} for an `auth` that cannot be decoded
 */
export function entriesOf(auths: Auths): readonly DockerConfigEntry[] {
  return Object.entries(auths).map(([key, { username = '', password = '', email = '', auth = '' }]) => ({
    key,
    ...withAuth({ username, password, email }, auth),
    ignoredMembers: [],
  }));
}

/** Strings are taken as UTF-8. A syntax error anywhere comes before every other. */
function decode<T>(content: Uint8Array | string, read: (document: JsonValue) => T): T {
  const source = typeof content === 'string' ? toByteString(content) : byteStringOf(content);
  const problem = jsonSyntaxError(source);
  if (problem !== undefined) throw new InvalidDockerConfig(problem);
  try {
    return read(jsonDocument(source));
  } catch (error) {
    throw error instanceof JsonTypeError ? new InvalidDockerConfig(error.message) : error;
  }
}

/**
 * Go goes on behind a value of the wrong type and reports the first such error at the end, but an entry's error ends the
 * decoding at once and so comes first.
 */
function readConfig(document: JsonValue): DockerConfig {
  const goType = 'credentialprovider.DockerConfigJSON';
  const entries = new Map<string, DockerConfigEntry>();
  const ignoredMembers: string[] = [];
  let typeError: JsonTypeError | undefined;
  for (const { name, value } of objectMembers(document, goType)) {
    const field = fieldNamed(['auths', 'HttpHeaders'], name);
    if (field === undefined) ignoredMembers.push(name);
    const error = field === 'auths' ? readAuths(value, entries) : field && httpHeadersError(value);
    typeError ??= error;
  }
  if (typeError !== undefined) throw typeError;
  return { entries: [...entries.values()], ignoredMembers };
}

function readLegacyConfig(document: JsonValue): DockerConfig {
  const entries = new Map<string, DockerConfigEntry>();
  addEntries(objectMembers(document, 'credentialprovider.DockerConfig'), entries);
  return { entries: [...entries.values()], ignoredMembers: [] };
}

/** A second `auths` adds to the first; `null` empties it. */
function readAuths(value: JsonValue, entries: Map<string, DockerConfigEntry>): JsonTypeError | undefined {
  if (value.kind === 'null') entries.clear();
  else if (value.kind !== 'object') {
    return new JsonTypeError(value.kind, 'credentialprovider.DockerConfig', 'DockerConfigJSON', 'auths');
  } else {
    try {
      addEntries(jsonMembers(value), entries);
    } catch (error) {
      throw error instanceof JsonTypeError ? error.within('DockerConfigJSON', 'auths') : error;
    }
  }
  return undefined;
}

/** A registry that comes twice is replaced as a whole. */
function addEntries(members: readonly JsonMember[], entries: Map<string, DockerConfigEntry>): void {
  for (const { name, value } of members) entries.set(name, { key: name, ...readEntry(value) });
}

/** Decoded for the sake of its types; the kubelet never uses the headers. */
function httpHeadersError(value: JsonValue): JsonTypeError | undefined {
  const error = (kind: JsonValue['kind'], goType: string) =>
    new JsonTypeError(kind, goType, 'DockerConfigJSON', 'HttpHeaders');
  if (value.kind === 'null') return undefined;
  if (value.kind !== 'object') return error(value.kind, 'map[string]string');
  const odd = jsonMembers(value).find((header) => !isTextOrNull(header.value));
  return odd && error(odd.value.kind, 'string');
}

const entryFields = ['username', 'password', 'email', 'auth'] as const;

function readEntry(value: JsonValue): Omit<DockerConfigEntry, 'key'> {
  const goType = 'dockerConfigEntryWithAuth';
  const fields = { username: '', password: '', email: '', auth: '' };
  const ignoredMembers: string[] = [];
  let typeError: JsonTypeError | undefined;
  for (const member of objectMembers(value, `credentialprovider.${goType}`)) {
    const field = fieldNamed(entryFields, member.name);
    if (field === undefined) ignoredMembers.push(member.name);
    else if (member.value.kind === 'string') fields[field] = jsonText(member.value);
    else if (member.value.kind !== 'null')
      typeError ??= new JsonTypeError(member.value.kind, 'string', goType, field);
  }
  if (typeError !== undefined) throw typeError;
  const { auth, ...plain } = fields;
  return { ...withAuth(plain, auth), ignoredMembers };
}

function objectMembers(value: JsonValue, goType: string): readonly JsonMember[] {
  if (value.kind === 'null') return [];
  if (value.kind !== 'object') throw new JsonTypeError(value.kind, goType);
  return jsonMembers(value);
}

const isTextOrNull = (value: JsonValue) => value.kind === 'string' || value.kind === 'null';

interface PlainEntry {
  readonly username: string;
  readonly password: string;
  readonly email: string;
}

function withAuth(plain: PlainEntry, auth: string): PlainEntry & { readonly authReplaced: boolean } {
  if (auth === '') return { ...plain, authReplaced: false };
  const authReplaced = plain.username !== '' || plain.password !== '';
  return { ...plain, ...decodeAuth(auth), authReplaced };
}

/** What Go's `strings.TrimSpace` trims. */
const blank = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** From the end, because `/\s+$/` takes quadratic time on a text full of blanks. */
function endsPadded(text: string): boolean {
  let end = text.length;
  while (blank.test(text.charAt(end - 1))) end -= 1;
  return text.charAt(end - 1) === '=';
}

/**
 * Splits `auth` at the first colon of its decoded bytes. The padding seen behind trailing blanks chooses the decoder, but
 * the untrimmed text is decoded, so that a trailing blank fails and a trailing newline does not.
 */
function decodeAuth(auth: string): { readonly username: string; readonly password: string } {
  const decoded = decodedBytes(auth, endsPadded(auth) ? 'padded' : 'unpadded');
  const colon = decoded.indexOf(':');
  if (colon < 0) {
    throw new InvalidDockerConfig(
      'unable to parse auth field, must be formatted as base64(username:password)',
    );
  }
  return {
    username: fromByteString(decoded.slice(0, colon)),
    password: fromByteString(decoded.slice(colon + 1)),
  };
}

function decodedBytes(text: string, form: 'padded' | 'unpadded'): string {
  try {
    return byteStringOf(decodeBase64(text, form));
  } catch (error) {
    throw error instanceof CorruptBase64 ? new InvalidDockerConfig(error.message) : error;
  }
}
