import type { RefusedSecret } from '../facts.js';
import { pathOf } from '../fixes.js';
import type { ListedSecret, PodCase } from '../pod-case.js';
import type { Detection } from '../rule.js';
import {
  type ContentProblem,
  configType,
  legacyType,
  locateContent,
  readSecret,
  type SecretReading,
} from '../secret-reading.js';
import { isNeeded, remedy } from './secret-remedy.js';

interface Refused extends RefusedSecret {
  readonly reading: SecretReading;
  readonly pod: PodCase;
}

/** Secrets of the pod's list that are in the input and that the API server refuses. */
export const refusedSecrets = (pod: PodCase): Refused[] =>
  pod.listed.flatMap(({ name }) => {
    const refused = pod.survey.refused(pod.namespace, name);
    return refused === undefined ? [] : [{ ...refused, reading: readSecret(refused.secret), pod }];
  });

export const keyOf = (type: string): string | undefined =>
  ({ [configType]: '.dockerconfigjson', [legacyType]: '.dockercfg' })[type];

export function refusedForAnotherReason({ reading, message, pod }: Refused): Detection {
  const exists = pod.survey.secret(reading.namespace, reading.name) !== undefined;
  const outcome = exists ? 'the one before it stays' : 'it does not exist';
  return {
    message: `the API server refuses secret ${pathOf(reading)}, so ${outcome}: ${message}`,
    fix: remedy(pod, reading),
    source: reading.secret.source,
    severity: isNeeded(pod),
  };
}

export function wrongKey({ reading, pod }: Refused): Detection {
  const found = reading.dataKey === undefined ? 'has no such key' : `has "${reading.dataKey}"`;
  return {
    message: `secret ${pathOf(reading)} must hold its docker config under "${keyOf(reading.type)}" and ${found}; the API server refuses it, so it does not exist.`,
    fix: remedy(pod, reading),
    source: locateContent(reading),
    severity: isNeeded(pod),
  };
}

/** Listed secrets, refused ones included. */
export const listedReadings = (pod: PodCase): SecretReading[] => [
  ...pod.listed.flatMap(({ reading }: ListedSecret) => reading ?? []),
  ...refusedSecrets(pod).map(({ reading }) => reading),
];

/** Listed secrets, refused ones included, whose content has one of these problems. */
export function contentProblems(
  pod: PodCase,
  problems: readonly ContentProblem[],
  tell: (reading: SecretReading) => string,
): Detection[] {
  return listedReadings(pod)
    .filter(({ problem }) => problem !== undefined && problems.includes(problem))
    .map((reading) => ({
      message: tell(reading),
      fix: remedy(pod, reading),
      source: locateContent(reading),
      severity: isNeeded(pod),
    }));
}

export const exchangedFormat = (reading: SecretReading): string =>
  reading.problem === 'old-format'
    ? `secret ${pathOf(reading)} is of type ${configType} but holds the registries without "auths" around them, so the kubelet finds no entry in it.`
    : `secret ${pathOf(reading)} is of type ${legacyType} but has "auths" around the registries, so the kubelet takes "auths" for a registry.`;

export const encodedTwice = (reading: SecretReading): string =>
  `${reading.dataKey} of secret ${pathOf(reading)} is base64 of base64: decoded once it still is no JSON.`;

export const wrapped = (reading: SecretReading): string =>
  reading.problem === 'wrapped'
    ? `${reading.dataKey} of secret ${pathOf(reading)} is a JSON object around the docker config; the kubelet finds no "auths" in it.`
    : `"auths" in secret ${pathOf(reading)} is no object, so the kubelet cannot decode the secret and pulls no image of the pod.`;

export const noJson = (reading: SecretReading): string => {
  const what = reading.problem === 'not-base64' ? 'base64' : 'a JSON object';
  return `${reading.dataKey} of secret ${pathOf(reading)} is not ${what}.`;
};

export const leftOpen = (reading: SecretReading): string =>
  `${reading.dataKey} of secret ${pathOf(reading)} is a placeholder that nobody filled in.`;
