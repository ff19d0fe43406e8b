import { goQuote } from '../image/go-quote.js';
import { type ApiResource, apiResources, ownGroups } from '../versions/api-server.js';
import { type Decoded, decodeObject, type UnknownField } from './decode-object.js';
import { decodingAdvice } from './decoding-advice.js';
import { isJsonObject, type JsonObject } from './json-value.js';
import type { ManifestError, ManifestWarning, ObjectName } from './manifest-problem.js';
import { printObject } from './object-store.js';
import type { ObjectMeta } from './objects.js';
import type { Manifest } from './read-manifests.js';
import type { FieldPath } from './source.js';
import { stableUid } from './stable-uid.js';
import { type FieldSuggestion, suggestField } from './suggest-field.js';

/** A manifest of a kind that pullsim reads, as the API server decoded it. */
export interface ApiObject {
  readonly resource: ApiResource;
  readonly manifest: Manifest;
  readonly name: ObjectName;
  /** Only known fields, each of its type; in part when `refusal` is there. */
  readonly object: JsonObject;
  /** The server's answer to an object that it cannot decode (status 400), alone and with where and what to do. */
  readonly refusal?: { readonly answer: string; readonly error: ManifestError };
  readonly warnings: readonly ManifestWarning[];
  /** Where the pod spec sits in an object of somebody else's kind; then `object` is the pod itself. */
  readonly podSpec?: FieldPath;
}

/** What became of one manifest. */
export type ReadObject =
  | { readonly kind: 'object'; readonly object: ApiObject }
  /** Of no interest here: a Service, a custom resource. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'error'; readonly error: ManifestError };

/**
 * Decodes a manifest as the API server of that version does, if it is of a kind that decides image pulls: pods,
 * workloads, secrets and service accounts.
 */
export function readObject(manifest: Manifest, defaultNamespace: string, minor: number): ReadObject {
  const { kind, apiVersion } = manifest.object as { kind: string; apiVersion: string };
  const resource = apiResources.find(
    (candidate) =>
      candidate.kind === kind && candidate.apiVersion === apiVersion && minor <= (candidate.until ?? minor),
  );
  if (resource === undefined) return notServed(manifest, kind, apiVersion);
  const decoded = decodeObject(manifest.object, resource.type, minor);
  const name = nameOf(decoded.object, kind, defaultNamespace);
  return {
    kind: 'object',
    object: {
      resource,
      manifest,
      name,
      object: decoded.object,
      ...refusalOf(decoded, resource, manifest, name),
      warnings: decoded.unknown.map((field) => unknownFieldWarning(field, resource, manifest, name)),
    },
  };
}

/** Its metadata as stored: with namespace, name and a UID that the author has no say in. */
export function metadataOf({ object, name: { kind, namespace, name } }: ApiObject): ObjectMeta {
  const written = isJsonObject(object.metadata) ? object.metadata : {};
  return { ...written, name, namespace, uid: stableUid(kind, namespace, name) };
}

/** A kind of ours in a version that the server does not serve, or in other letters, is a mistake; the rest is foreign. */
function notServed(manifest: Manifest, kind: string, apiVersion: string): ReadObject {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const meant = apiResources.find((resource) => resource.kind.toLowerCase() === kind.toLowerCase());
  if (meant === undefined || !ownGroups.includes(group)) return { kind: 'foreign' };
  const message = `no matches for kind ${goQuote(kind)} in version ${goQuote(apiVersion)}: write kind: ${meant.kind} with apiVersion: ${meant.apiVersion}`;
  return { kind: 'error', error: { kind: 'refused', message, source: manifest.locate(['apiVersion']) } };
}

function nameOf(object: JsonObject, kind: string, defaultNamespace: string): ObjectName {
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  const { name = '', namespace = '' } = metadata as { name?: string; namespace?: string };
  return { kind, namespace: namespace || defaultNamespace, name };
}

function refusalOf(
  { error }: Decoded,
  { kind, apiVersion }: ApiResource,
  manifest: Manifest,
  name: ObjectName,
): Pick<ApiObject, 'refusal'> {
  if (error === undefined) return {};
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const answer = `${kind} in version ${goQuote(version)} cannot be handled as a ${kind}: ${error.message}`;
  const advice = decodingAdvice(error.message);
  const message = `${printObject(name)}: ${answer}${advice === undefined ? '' : `; ${advice}`}`;
  const { path } = error;
  const mismatch = error.mismatch === undefined ? {} : { mismatch: { path, ...error.mismatch } };
  return {
    refusal: { answer, error: { kind: 'refused', message, source: manifest.locate(path), ...mismatch } },
  };
}

function unknownFieldWarning(
  { path, message, within }: UnknownField,
  resource: ApiResource,
  manifest: Manifest,
  object: ObjectName,
): ManifestWarning {
  const field = String(path.at(-1));
  const suggestion = suggestField(field, within, resource.type);
  return {
    kind: 'unknown-field',
    message: `${message}: the API server drops it; ${suggestionText(suggestion)}`,
    source: manifest.locate(path),
    object,
    field,
    path,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function suggestionText(suggestion: FieldSuggestion | undefined): string {
  if (suggestion === undefined) return 'remove it, or check its name and indentation';
  return suggestion.kind === 'spelling'
    ? `did you mean ${goQuote(suggestion.field)}?`
    : `its place is ${goQuote(suggestion.field)}`;
}
