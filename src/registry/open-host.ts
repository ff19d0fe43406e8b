import { createIdentify, type Identify } from './identify.js';
import { defaultLimits, type Limits } from './limits.js';
import { createPullMeter, type PullMeter } from './pull-meter.js';
import type { Extras, RegistryHost } from './registry-host.js';
import { createUploads, type Uploads } from './uploads.js';
import { createWarner, type Warner } from './warnings.js';

/** A registry host with its defaults filled in and its moving parts made. */
export interface OpenHost extends RegistryHost {
  readonly limits: Limits;
  readonly extras: Extras;
  readonly identify: Identify;
  readonly uploads: Uploads;
  /** Absent where pulls are not limited. */
  readonly pullMeter: PullMeter | undefined;
  /** Absent where there is nothing to warn of. */
  readonly warn: Warner | undefined;
}

/** @param random 16 fresh random bytes at each call */
export function openHost(host: RegistryHost, random: () => Uint8Array): OpenHost {
  const limits = { ...defaultLimits, ...host.limits };
  return {
    ...host,
    limits,
    extras: { digestAlgorithm: true, tagParameter: true, uploadCancel: true, ...host.extras },
    identify: createIdentify(host),
    uploads: createUploads(host.store, { ...limits, chunkMinBytes: host.chunkMinBytes }, random),
    pullMeter: limits.pulls === undefined ? undefined : createPullMeter(limits.pulls),
    warn: host.warnings === undefined || host.warnings.length === 0 ? undefined : createWarner(host.warnings),
  };
}
