import { digestProblem } from './digest.js';
import { goQuote } from './go-quote.js';
import { matchReference, type ParsedReference } from './reference-grammar.js';

/** The kubelet's reading of an image name: three values that are easily confused (kubelet.md §13). */
export interface ImageName {
  /** What registry keys are compared with: host and path, Docker Hub names completed (`docker.io/library/nginx`). */
  readonly repository: string;
  /** `latest` when the name has neither tag nor digest; empty for a digest alone. */
  readonly tag: string;
  /** `sha256:…`, or empty. */
  readonly digest: string;
  /** What the kubelet sends to the runtime: the name as written, with `:latest` when it has neither tag nor digest. */
  readonly runtimeName: string;
}

/** A name that the kubelet refuses. The message is its text after `Failed to apply default image tag "X": `. */
export class InvalidImageName extends Error {
  override readonly name = 'InvalidImageName';
  /** The name as written. */
  readonly image: string;
  /** The reference library's own text: `invalid reference format`. */
  readonly reason: string;
  constructor(image: string, reason: string) {
    super(`couldn't parse image name ${goQuote(image)}: ${reason}`);
    this.image = image;
    this.reason = reason;
  }
}

/** A text that is no image reference. The message is the reference library's: `invalid reference format`. */
export class InvalidReference extends Error {
  override readonly name = 'InvalidReference';
}

/**
 * Reads an image name as the kubelet does before it looks for credentials and calls the runtime (kubelet.md §1;
 * distribution/reference 0.6 as in Kubernetes 1.28–1.36).
 *
 * ```ts
 * parseImageName('nginx')
 * // { repository: 'docker.io/library/nginx', tag: 'latest', digest: '', runtimeName: 'nginx:latest' }
 * ```
 *
 * @param image the name as a pod writes it; nothing is trimmed
 * @throws {@link InvalidImageName} with the kubelet's text, for example
 * `couldn't parse image name "Nginx": invalid reference format: repository name (library/Nginx) must be lowercase`
 */
export function parseImageName(image: string): ImageName {
  const { domain, path, tag, digest } = asKubelet(image);
  const effectiveTag = tag === '' && digest === '' ? defaultImageTag : tag;
  return {
    repository: domain === '' ? path : `${domain}/${path}`,
    tag: effectiveTag,
    digest,
    runtimeName: withDefaultTag(image, effectiveTag, digest),
  };
}

/** A reference as containerd uses it. */
export interface RuntimeReference {
  /** Registry host with port: `docker.io`. */
  readonly host: string;
  /** Repository below the host: `library/nginx`. */
  readonly path: string;
  /** Empty when there is a digest: then it decides alone. */
  readonly tag: string;
  readonly digest: string;
  /** All of it: `docker.io/library/nginx:latest`. */
  readonly name: string;
}

/**
 * Reads an image reference as containerd's CRI plugin does (runtime.md §2): completed for Docker Hub, `:latest` by
 * default, and of tag and digest only the digest.
 *
 * @throws {@link InvalidReference} with the library's text; containerd prints `failed to parse image reference "X": ` before it
 */
export function parseRuntimeReference(image: string): RuntimeReference {
  const parsed = normalise(image);
  const repository = parsed.domain === '' ? parsed.path : `${parsed.domain}/${parsed.path}`;
  const slash = repository.indexOf('/');
  const { digest } = parsed;
  const tag = digest === '' ? parsed.tag || defaultImageTag : '';
  const name = digest === '' ? `${repository}:${tag}` : `${repository}@${digest}`;
  return { host: repository.slice(0, slash), path: repository.slice(slash + 1), tag, digest, name };
}

/**
 * The name without tag and digest, as spelled: the key of the kubelet's pull records since 1.36 (kubelet.md §7.2).
 *
 * @throws {@link InvalidReference} when the text does not match the grammar
 */
export function trimImageTagDigest(image: string): string {
  const { tag, digest } = parseGrammar(image);
  const end = image.length - (digest === '' ? 0 : digest.length + 1) - (tag === '' ? 0 : tag.length + 1);
  return image.slice(0, end);
}

/** The tag that a name gets when it has neither tag nor digest. */
export const defaultImageTag = 'latest';

/**
 * The `imagePullPolicy` that the API server writes where the field is empty (kubelet.md §4.1): `Always` when the tag is
 * exactly `latest`, also beside a digest; a name that cannot be read gives `IfNotPresent`.
 */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  try {
    return parseImageName(image).tag === defaultImageTag ? 'Always' : 'IfNotPresent';
  } catch {
    return 'IfNotPresent';
  }
}

function asKubelet(image: string): ParsedReference {
  try {
    return normalise(image);
  } catch (error) {
    throw error instanceof InvalidReference ? new InvalidImageName(image, error.message) : error;
  }
}

/** The tag goes to the end of the text as written; the runtime expands short names itself (kubelet.md §1.6). */
const withDefaultTag = (image: string, tag: string, digest: string) =>
  tag !== '' && digest === '' && !image.endsWith(`:${tag}`) ? `${image}:${tag}` : image;

/** Every sync of every pod reads its image's name again, and thousands of pods share a few hundred names. */
const readNames = new Map<string, ParsedReference>();
const maxReadNames = 1024;

function normalise(image: string): ParsedReference {
  const known = readNames.get(image);
  if (known !== undefined) return known;
  const read = readAnew(image);
  if (readNames.size >= maxReadNames) readNames.clear();
  readNames.set(image, read);
  return read;
}

function readAnew(image: string): ParsedReference {
  if (/^[a-f0-9]{64}$/.test(image)) {
    throw new InvalidReference(
      `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { domain, remainder } = splitDockerDomain(image);
  // Checked before the grammar, and only up to the first colon: a digest is not cut off.
  const [remoteName = ''] = remainder.split(':', 1);
  if (toLowerAsGo(remoteName) !== remoteName) {
    throw new InvalidReference(`invalid reference format: repository name (${remoteName}) must be lowercase`);
  }
  return parseGrammar(`${domain}/${remainder}`);
}

/** `myregistry/app` is a Docker Hub name: only a dot, a colon, an upper-case letter or `localhost` makes a host. */
function splitDockerDomain(image: string): { domain: string; remainder: string } {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(slash, 0));
  const isHost = first === 'localhost' || /[.:]/.test(first) || toLowerAsGo(first) !== first;
  const remainder = isHost ? image.slice(slash + 1) : image;
  if (isHost && first !== 'docker.io' && first !== 'index.docker.io') return { domain: first, remainder };
  return { domain: 'docker.io', remainder: remainder.includes('/') ? remainder : `library/${remainder}` };
}

/** The order of checks decides the text: form, then length of the path, then digest. */
function parseGrammar(text: string): ParsedReference {
  const parsed = matchReference(text);
  if (parsed === undefined) throw new InvalidReference(formProblem(text));
  if (parsed.path.length > 255) {
    throw new InvalidReference('repository name must not be more than 255 characters');
  }
  const problem = parsed.digest === '' ? undefined : digestProblem(parsed.digest);
  if (problem !== undefined) throw new InvalidReference(problem);
  return parsed;
}

/** `Foo_bar/x` reads as a host because of its capital, is none because of `_`, and would be a path in lower case. */
function formProblem(text: string): string {
  if (text === '') return 'repository name must have at least one component';
  return matchReference(toLowerAsGo(text)) === undefined
    ? 'invalid reference format'
    : 'repository name must be lowercase';
}

/** Go lower-cases each rune by itself, so `İ` becomes `i` and not `i` with a combining dot. */
function toLowerAsGo(text: string): string {
  if (/^[^A-Z\u0080-\uffff]*$/.test(text)) return text;
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    return lower.length > character.length ? lower.charAt(0) : lower;
  }).join('');
}
