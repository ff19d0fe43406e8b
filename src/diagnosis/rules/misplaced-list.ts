import type { FieldPath } from '../../cluster/source.js';
import { listSecrets } from '../fixes.js';
import { isRefusedAs, type PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';

/** Where people put the list by mistake, below the object and below the pod spec. */
export function misplacedList(pod: PodCase): readonly Detection[] {
  if (pod.facts.pullSecretsFrom === 'pod' || !pod.images.some((image) => isRefusedAs(image, 'anonymous')))
    return nothing;
  const { written, specPath } = pod.facts;
  const path = [...wrongPlaces(specPath, pod)].find((candidate) =>
    isList(valueAt(written.object, candidate)),
  );
  if (path === undefined) return nothing;
  const names = (valueAt(written.object, path) as readonly { name?: string }[]).flatMap(
    ({ name }) => name ?? [],
  );
  return [
    {
      message: `imagePullSecrets stands under ${printPath(path.slice(0, -1))}, where the API server drops it; it belongs under ${specPath.join('.')}.`,
      fix: listSecrets(pod, names),
      source: written.locate(path),
    },
  ];
}

function* wrongPlaces(specPath: FieldPath, pod: PodCase): Generator<FieldPath> {
  const field = 'imagePullSecrets';
  for (let depth = specPath.length - 1; depth >= 0; depth--) {
    yield [...specPath.slice(0, depth), field];
    yield [...specPath.slice(0, depth), 'metadata', field];
  }
  for (const { facts } of pod.images) yield [...specPath, ...facts.path.slice(0, -1), field];
}

/** What stands at a path of an object as written. */
export function valueAt(object: unknown, path: FieldPath): unknown {
  let value = object;
  for (const step of path) value = (value as Record<string | number, unknown> | null | undefined)?.[step];
  return value;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0;

const printPath = (path: FieldPath): string =>
  path.length === 0
    ? 'the top of the object'
    : path
        .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
        .join('');
