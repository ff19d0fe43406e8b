/** A container as the runtime reports it. There is no real one behind it: pullsim starts nothing. */
export type RuntimeContainer =
  | { readonly state: 'running'; readonly startedAtMs: number; readonly imageId: string }
  | {
      readonly state: 'exited';
      readonly startedAtMs: number;
      readonly finishedAtMs: number;
      readonly exitCode: number;
      /** `Completed`, `Error`. */
      readonly reason: string;
      readonly imageId: string;
    };

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
