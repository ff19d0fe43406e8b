import type { Container, PodSpec } from './objects.js';

/** The three lists of containers, in the order in which the API server walks them. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export type ContainerList = (typeof containerLists)[number];

/** A container with its place: `spec.containers[0]`. */
export interface PlacedContainer {
  readonly container: Container;
  readonly list: ContainerList;
  readonly index: number;
}

/** Every container of a pod: init, regular, ephemeral. */
export const placedContainers = (spec: PodSpec): readonly PlacedContainer[] =>
  containerLists.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, list, index })),
  );
