import type { Manifest } from './mutation.js';

type Fields = Readonly<Record<string, unknown>>;

/** Where each kind keeps the pod spec. */
const pathOf = ({ kind }: Manifest): readonly string[] => {
  if (kind === 'Pod') return ['spec'];
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  return ['spec', 'template', 'spec'];
};

/** The pod spec of a pod or workload; empty for what has none. */
export function specOf(manifest: Manifest): Fields {
  let value: unknown = manifest;
  for (const step of pathOf(manifest)) value = (value as Fields | undefined)?.[step];
  return (value ?? {}) as Fields;
}

/** Whether an object holds a pod spec. */
export const hasPod = (manifest: Manifest): boolean => Array.isArray(specOf(manifest).containers);

export const withSpec = (manifest: Manifest, spec: Fields): Manifest =>
  put(manifest as Fields, pathOf(manifest), spec) as Manifest;

function put(object: Fields, [step = '', ...rest]: readonly string[], value: unknown): Fields {
  return { ...object, [step]: rest.length === 0 ? value : put((object[step] ?? {}) as Fields, rest, value) };
}

export const containersOf = (spec: Fields): readonly Fields[] => (spec.containers ?? []) as readonly Fields[];
