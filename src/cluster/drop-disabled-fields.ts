import { gatedFields } from '../versions/api-server.js';
import type { Container, PodSpec } from './objects.js';

/**
 * Takes out what a release of the API server knows and has switched off (kubelet.md §0.2): it drops such fields without
 * a word after defaulting, so that an image volume is left without any type and is then refused.
 */
export function dropDisabledFields(spec: PodSpec, minor: number): PodSpec {
  if (minor >= newestSwitch) return spec;
  const kept: PodSpec = { ...spec };
  if (minor < gatedFields.imageVolume.on && spec.volumes !== undefined) {
    kept.volumes = spec.volumes.map(({ image: _, ...volume }) => volume);
  }
  if (spec.initContainers !== undefined) {
    kept.initContainers = spec.initContainers.map((container) =>
      keepsRestartPolicy(container, minor) ? container : withoutRestartPolicy(container),
    );
  }
  if (minor === ruleAlpha) kept.containers = spec.containers.map(withoutRestartPolicy);
  return kept;
}

const newestSwitch = Math.max(...Object.values(gatedFields).map(({ on }) => on));

/** The release that knows restart policies of all containers and has them off. */
const ruleAlpha = gatedFields.containerRestartRules.on - 1;

function keepsRestartPolicy({ restartPolicy }: Container, minor: number): boolean {
  if (minor < gatedFields.sidecarContainers.on) return false;
  return minor !== ruleAlpha || restartPolicy === 'Always';
}

const withoutRestartPolicy = ({ restartPolicy: _, ...container }: Container): Container => container;
