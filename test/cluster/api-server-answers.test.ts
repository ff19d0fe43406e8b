import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeObject } from '../../src/cluster/decode-object.js';
import { defaultPodSpec, defaultSecret } from '../../src/cluster/defaults.js';
import { type FieldError, invalidObject } from '../../src/cluster/field-error.js';
import type { JsonObject } from '../../src/cluster/json-value.js';
import type { ObjectMeta, PodSpec, Secret, Workload } from '../../src/cluster/objects.js';
import { validateMeta } from '../../src/cluster/validate-meta.js';
import { validatePod } from '../../src/cluster/validate-pod.js';
import { validateSecret } from '../../src/cluster/validate-secret.js';
import { validateWorkload } from '../../src/cluster/validate-workload.js';
import { defaultWorkload } from '../../src/cluster/workloads.js';
import { apiResources, newestMinor } from '../../src/versions/api-server.js';

interface Answer {
  readonly manifest: JsonObject & { kind: string; apiVersion: string };
  readonly unknown: readonly string[];
  readonly error: string | null;
}

const recorded = new URL('../../fixtures/api-server/answers.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(recorded, 'utf8')) as { cases: Answer[] };

/** The answer to a create request, admission plugins aside. */
function answer({ manifest }: Answer): Omit<Answer, 'manifest'> {
  const { kind, apiVersion } = manifest;
  const resource = apiResources.find((candidate) => candidate.kind === kind);
  if (resource === undefined) throw new Error(`no resource ${kind}`);
  const { object, unknown, error } = decodeObject(manifest, resource.type, newestMinor);
  if (error !== undefined) {
    const version = apiVersion.split('/').pop();
    return {
      unknown: [],
      error: `${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`,
    };
  }
  const written = (object.metadata ?? {}) as ObjectMeta;
  const metadata = { ...written, namespace: written.namespace || 'default' };
  const errors = validate(kind, { ...object, metadata });
  const message = errors.length === 0 ? null : invalidObject(resource.printed, metadata.name ?? '', errors);
  return { unknown: unknown.map((field) => field.message), error: message };
}

function validate(
  kind: string,
  object: { readonly metadata: ObjectMeta; readonly spec?: unknown },
): readonly FieldError[] {
  if (kind === 'Secret') return validateSecret(defaultSecret(object as Secret));
  if (kind === 'ServiceAccount') return validateMeta(object.metadata);
  if (kind !== 'Pod') return validateWorkload(defaultWorkload(object as Workload));
  const spec = defaultPodSpec({ containers: [], ...(object.spec as PodSpec | undefined) });
  return validatePod({ metadata: object.metadata, spec });
}

describe('answers recorded from the API server of Kubernetes 1.36.2', () => {
  test('were read', () => expect(cases.length).toBeGreaterThan(200));

  for (const [index, vector] of cases.entries()) {
    const { manifest, unknown, error } = vector;
    test(`${index}: ${manifest.kind} ${error ?? (unknown.join(', ') || 'accepted')}`.slice(0, 160), () => {
      expect(answer(vector)).toEqual({ unknown, error });
    });
  }
});
