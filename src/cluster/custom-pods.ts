import { decodeObject } from './decode-object.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';
import { printObject } from './object-store.js';
import type { Manifest } from './read-manifests.js';
import type { ApiObject } from './read-objects.js';
import type { FieldPath } from './source.js';

/**
 * The pods of an object whose kind is not Kubernetes' own, found by their shape: whatever is called a template and has
 * `spec.containers` with images (an Argo Rollout, a Knative Service, an OpenShift DeploymentConfig, a Volcano Job). What
 * its controller adds is not known, so fields are taken as they are and unknown ones passed over.
 */
export function customPods(
  manifest: Manifest,
  defaultNamespace: string,
  minor: number,
): readonly ApiObject[] {
  const found = templatesIn(manifest.object, []);
  return found.map((template) => podObject(template, found.length === 1, manifest, defaultNamespace, minor));
}

interface Template {
  readonly path: FieldPath;
  readonly value: JsonObject;
}

function templatesIn(value: JsonValue, path: FieldPath): readonly Template[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => templatesIn(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  if (/template$/i.test(nameAbove(path)) && holdsContainers(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([field, member]) =>
    isJsonObject(member) && isManifest(member) ? [] : templatesIn(member, [...path, field]),
  );
}

/** The nearest field name: items of a list are called as the list. */
const nameAbove = (path: FieldPath): string =>
  String(path.findLast((step) => typeof step === 'string') ?? '').replace(/s$/, '');

/** An object within an object is its own author's business. */
const isManifest = ({ apiVersion, kind }: JsonObject): boolean =>
  typeof apiVersion === 'string' && typeof kind === 'string';

function holdsContainers({ spec }: JsonObject): boolean {
  const containers = isJsonObject(spec) ? spec.containers : undefined;
  return (
    Array.isArray(containers) &&
    containers.length > 0 &&
    containers.every((container) => isJsonObject(container) && typeof container.image === 'string')
  );
}

function podObject(
  { path, value }: Template,
  alone: boolean,
  manifest: Manifest,
  defaultNamespace: string,
  minor: number,
): ApiObject {
  const { kind, apiVersion, metadata } = manifest.object as {
    kind: string;
    apiVersion: string;
    metadata: JsonValue;
  };
  const own = isJsonObject(metadata) ? metadata : {};
  const base = textOf(own.name) ?? textOf(own.generateName)?.replace(/-$/, '') ?? '';
  const name = {
    kind,
    namespace: textOf(own.namespace) ?? defaultNamespace,
    name: alone ? base : `${base}-${labelOf(path)}`,
  };
  const decoded = decodeObject(asPod(value), 'v1.Pod', minor);
  const { error } = decoded;
  return {
    resource: { kind, apiVersion, type: 'v1.Pod', printed: kind },
    manifest,
    name,
    object: decoded.object,
    podSpec: [...path, 'spec'],
    ...(error !== undefined && {
      refusal: {
        answer: error.message,
        error: {
          kind: 'refused',
          message: `${printObject(name)}: its template makes no pod: ${error.message}`,
          source: manifest.locate([...path, ...error.path]),
        },
      },
    }),
    warnings: [],
  };
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function asPod({ metadata, spec }: JsonObject): JsonObject {
  const { labels, annotations } = isJsonObject(metadata) ? metadata : ({} as JsonObject);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(labels !== undefined && { labels }), ...(annotations !== undefined && { annotations }) },
    spec: withNames(spec as JsonObject),
  };
}

/** Some kinds (Knative's) name nameless containers themselves. */
const withNames = (spec: JsonObject): JsonObject => ({
  ...spec,
  containers: (spec.containers as JsonObject[]).map((container, index) => ({
    name: index === 0 ? 'user-container' : `user-container-${index}`,
    ...container,
  })),
});

/** Several templates in one object are told apart by where they stand: `workergroupspecs-0`. */
const labelOf = (path: FieldPath): string =>
  path
    .filter((step) => step !== 'spec' && step !== 'template')
    .map((step) =>
      String(step)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-'),
    )
    .join('-')
    .replace(/^-+|-+$/g, '') || 'template';
