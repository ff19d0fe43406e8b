/** A container as the runtime reports it. There is no real one behind it: pullsim starts nothing. */
export type RuntimeContainer = (RunningContainer | ExitedContainer) & {
  /** How often it was made anew; 0 when absent. */
  readonly restarts?: number;
  /** How the one before it ended. */
  readonly previous?: ExitedContainer;
};

interface RunningContainer {
  readonly state: 'running';
  readonly startedAtMs: number;
  readonly imageId: string;
}

export interface ExitedContainer {
  readonly state: 'exited';
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** `Completed`, `Error`. */
  readonly reason: string;
  readonly imageId: string;
}

/** How a container is meant to live. */
export type ContainerRole = 'init' | 'sidecar' | 'regular' | 'ephemeral';

/** What becomes of a container whose image is there. */
export interface ContainerRuntime {
  start(role: ContainerRole, imageId: string, nowMs: number): RuntimeContainer;
}

/** Everything that starts runs for ever: init containers too, so that nothing comes after one. */
export const endlessContainers: ContainerRuntime = {
  start: (_role, imageId, nowMs) => ({ state: 'running', startedAtMs: nowMs, imageId }),
};

/** Init containers exit 0 at once, sidecars become ready, all others keep running: the world of `check` (DESIGN §3.4). */
export const completingInitContainers: ContainerRuntime = {
  start: (role, imageId, nowMs) =>
    role === 'init'
      ? {
          state: 'exited',
          startedAtMs: nowMs,
          finishedAtMs: nowMs,
          exitCode: 0,
          reason: 'Completed',
          imageId,
        }
      : { state: 'running', startedAtMs: nowMs, imageId },
};

/** What a container leaves that was killed: 128 + SIGKILL. */
export const killed = (
  { startedAtMs, imageId, ...rest }: RuntimeContainer,
  nowMs: number,
): RuntimeContainer => ({
  state: 'exited',
  startedAtMs,
  finishedAtMs: nowMs,
  exitCode: 137,
  reason: 'Error',
  imageId,
  ...(rest.restarts !== undefined && { restarts: rest.restarts }),
});

/** A container that took the place of one that had ended. */
export function afterExit(started: RuntimeContainer, before: RuntimeContainer | undefined): RuntimeContainer {
  if (before?.state !== 'exited') return started;
  const { restarts = 0, previous: _, ...exited } = before;
  return { ...started, restarts: restarts + 1, previous: exited };
}
