import { editDistance } from '../cluster/nearest-names.js';
import { dockerHub, isDockerHubKeyHost, isMistakenForDockerHub } from './docker-hub.js';

/** Why a registry key does not serve an image, as a person would put it: exactly one reason per key. */
export type KeyMiss =
  /** No registry key at all: blanks, control characters, a bad port; the kubelet drops the entry. */
  | 'unreadable'
  /** A scheme other than `https://` and `http://` in lower case stays part of the host. */
  | 'scheme'
  /** A name that people take for Docker Hub's. */
  | 'not-docker-hub'
  /** Right host and port, behind it `/v2` without slash or the path of an API or a web page. */
  | 'api-path'
  /** Right host and port, the path of another project. */
  | 'other-path'
  /** The key names the image and its tag or digest. */
  | 'names-tag'
  | 'port'
  | 'case'
  /** The asterisk covers one label, not several. */
  | 'glob-labels'
  /** The host of a mirror of the image's registry. */
  | 'mirror'
  /** Nearly the same host. */
  | 'spelling'
  /** kubectl's default: Docker Hub's key, and the image is elsewhere. */
  | 'docker-hub-default'
  /** Another registry: nothing wrong with it, and of no use here. */
  | 'other-registry';

/** What is compared: an image's host and repository path, and the mirrors of its host. */
export interface KeyTarget {
  /** With port: `registry.example.com:5000`. */
  readonly host: string;
  /** Without leading slash: `team/app`. */
  readonly path: string;
  readonly mirrors: readonly string[];
}

/**
 * Why this key is not for that image. Only for keys that do not match: it does not ask whether they do.
 *
 * @param key as written
 * @param indexKey after the kubelet's reading; `undefined` when it dropped the entry
 */
export function keyMiss(key: string, indexKey: string | undefined, target: KeyTarget): KeyMiss {
  const parts = splitKey(key, indexKey);
  if (indexKey === undefined) return sameHost(parts, target) ? 'unreadable' : 'other-registry';
  if (parts.scheme !== undefined) return sameHost(parts, target) ? 'scheme' : 'other-registry';
  if (target.host === dockerHub) {
    const hub = dockerHubMiss(parts);
    if (hub !== undefined) return hub;
  }
  if (sameHost(parts, target)) return sameHostMiss(parts, target);
  return otherHostMiss(parts, target);
}

interface KeyParts {
  /** A scheme that the kubelet does not know: `oci`. */
  readonly scheme: string | undefined;
  readonly name: string;
  readonly port: string;
  /** With its leading slash, or empty. */
  readonly path: string;
}

/** A dropped key is read as a person would: without blanks and user info. */
function splitKey(key: string, indexKey: string | undefined): KeyParts {
  const text = indexKey ?? key.replace(/[\s\u0000-\u001f]/g, '').replace(/^(?:https?:\/\/)?(?:.*@)?/, '');
  const scheme = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?\/\//.exec(text);
  const rest = scheme === null ? text : text.slice(scheme[0].length);
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  return { scheme: scheme === null ? undefined : (scheme[1] ?? ''), ...splitPort(authority), path };
}

/** `[::1]:5000` too; what follows the last colon counts as a port even if it is none. */
export function splitPort(authority: string): { readonly name: string; readonly port: string } {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || authority.endsWith(']')) return { name: authority, port: '' };
  return { name: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

const sameHost = (parts: KeyParts, target: KeyTarget): boolean => parts.name === splitPort(target.host).name;

/** `index.docker.io` serves Docker Hub only when it stands alone; a path belongs behind `docker.io` (kubelet.md §2.6). */
function dockerHubMiss({ name, path, port }: KeyParts): KeyMiss | undefined {
  if (name === 'index.docker.io' && port === '') return isApiPath(path) ? 'api-path' : 'not-docker-hub';
  return isMistakenForDockerHub(name) ? 'not-docker-hub' : undefined;
}

function sameHostMiss({ port, path }: KeyParts, target: KeyTarget): KeyMiss {
  if (port !== splitPort(target.host).port) return 'port';
  if (isApiPath(path)) return 'api-path';
  return namesTag(path, target.path) ? 'names-tag' : 'other-path';
}

/** Paths of registries' own interfaces, which stand in the addresses that people copy from a browser or from docs. */
const isApiPath = (path: string): boolean =>
  /^\/(?:v[12]|api|token|ui|login|harbor|artifactory|repository|_catalog|#[^/]*)(?:\/|$)/.test(path);

const namesTag = (path: string, repository: string): boolean => {
  const rest = path.startsWith(`/${repository}`) ? path.slice(repository.length + 1) : undefined;
  return rest !== undefined && /^[:@]/.test(rest);
};

function otherHostMiss(parts: KeyParts, target: KeyTarget): KeyMiss {
  const wanted = splitPort(target.host).name;
  if (parts.name.toLowerCase() === wanted.toLowerCase()) return 'case';
  if (parts.name.includes('*')) return coversTail(parts.name, wanted) ? 'glob-labels' : 'other-registry';
  const authority = parts.port === '' ? parts.name : `${parts.name}:${parts.port}`;
  if (target.mirrors.includes(authority)) return 'mirror';
  if (isDockerHubKeyHost(parts.name)) return 'docker-hub-default';
  return isLikelyTheSame(parts.name, wanted) ? 'spelling' : 'other-registry';
}

/** `*.amazonaws.com` for `1.dkr.ecr.eu-west-1.amazonaws.com`: the fixed end fits, the number of labels does not. */
function coversTail(glob: string, name: string): boolean {
  const fixed = glob.slice(glob.lastIndexOf('*') + 1);
  return glob.split('.').length !== name.split('.').length && name.endsWith(fixed);
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]', '0.0.0.0']);

/** A slip of the keyboard, a label too few or too many, two names of this machine. */
function isLikelyTheSame(name: string, wanted: string): boolean {
  if (loopback.has(name) && loopback.has(wanted)) return true;
  if (name.endsWith(`.${wanted}`) || wanted.endsWith(`.${name}`)) return name.includes('.');
  const tolerated = Math.min(3, Math.floor(wanted.length / 6));
  return Math.abs(name.length - wanted.length) <= tolerated && editDistance(name, wanted) <= tolerated;
}
