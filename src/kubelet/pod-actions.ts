import type { RuntimeContainer } from './container-runtime.js';
import type { ImageUse } from './image-uses.js';

/** What one sync of a pod is to start (kubelet.md §9.1). */
export interface PodActions {
  readonly ephemeral: readonly ImageUse[];
  readonly init: readonly ImageUse[];
  readonly regular: readonly ImageUse[];
}

export interface PodKnowledge {
  readonly uses: readonly ImageUse[];
  readonly containers: ReadonlyMap<string, RuntimeContainer>;
  /** Init containers that count as done although nobody can tell. */
  readonly assumed: ReadonlySet<string>;
  readonly restartPolicy: string;
  /** False in the sync that makes the sandbox: ephemeral containers wait for the next one. */
  readonly hadSandbox: boolean;
}

/**
 * Chooses what to start: ephemeral containers that never ran; the next init container, whose predecessors are done, with
 * the sidecars that have stopped; and, once all that is done, the regular containers that do not run.
 */
export function podActions(known: PodKnowledge): PodActions {
  const ephemeral = known.hadSandbox
    ? known.uses.filter((use) => use.role === 'ephemeral' && !known.containers.has(use.container))
    : [];
  const next = nextInitContainer(known);
  const init = known.uses.filter(
    (use) => (use === next && isDue(use, known)) || (use !== next && isStoppedSidecar(use, known)),
  );
  const regular =
    next === undefined ? known.uses.filter((use) => use.role === 'regular' && isDue(use, known)) : [];
  return { ephemeral, init, regular };
}

/** Undefined once the pod is initialised: the last one is done, or a regular container has run. */
function nextInitContainer({ uses, containers, assumed }: PodKnowledge): ImageUse | undefined {
  if (uses.some((use) => use.role === 'regular' && containers.has(use.container))) return undefined;
  const inits = uses.filter(({ role }) => role === 'init' || role === 'sidecar');
  return inits.find((use) => !assumed.has(use.container) && !isDone(use, containers.get(use.container)));
}

/** An init container is done when it has exited 0; a sidecar when it has started. */
function isDone({ role }: ImageUse, container: RuntimeContainer | undefined): boolean {
  if (container === undefined) return false;
  return role === 'sidecar'
    ? container.state === 'running'
    : container.state === 'exited' && container.exitCode === 0;
}

const isStoppedSidecar = (use: ImageUse, { containers }: PodKnowledge) =>
  use.role === 'sidecar' && containers.get(use.container)?.state === 'exited';

/** Not running, and after an exit only as the restart policy says. */
function isDue({ container }: ImageUse, { containers, restartPolicy }: PodKnowledge): boolean {
  const known = containers.get(container);
  if (known === undefined) return true;
  if (known.state === 'running' || restartPolicy === 'Never') return false;
  return restartPolicy !== 'OnFailure' || known.exitCode !== 0;
}
