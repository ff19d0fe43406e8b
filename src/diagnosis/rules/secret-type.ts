import type { IgnoredSecret } from '../../credentials/credential.js';
import { pathOf } from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { editPullSecret } from '../kubectl-command.js';
import { printableKey } from '../masking.js';
import { type ImageCase, isRefusedAs, type PodCase } from '../pod-case.js';
import type { Detection } from '../rule.js';
import { configType, legacyType, type SecretReading } from '../secret-reading.js';
import { isNeeded, remedy } from './secret-remedy.js';

interface Ignored {
  readonly ignored: IgnoredSecret;
  readonly reading: SecretReading;
}

export const ignored = (pod: PodCase, wanted: (secret: IgnoredSecret) => boolean): Ignored[] =>
  pod.facts.ignoredSecrets.filter(wanted).flatMap((one) => {
    const reading = pod.survey.secret(one.namespace, one.name);
    return reading === undefined ? [] : [{ ignored: one, reading }];
  });

export function wrongType(pod: PodCase, { reading }: Ignored): Detection {
  const wanted = reading.dataKey === '.dockercfg' ? legacyType : configType;
  const fits = fittingImage(pod, reading);
  const entry = fits && entryFor(reading, fits.facts.repository ?? '');
  const otherwise =
    entry === undefined
      ? ''
      : ` Its entry "${printableKey(entry.key)}" would have served ${fits?.facts.image}.`;
  return {
    message: `secret ${pathOf(reading)} is of type ${reading.type}; the kubelet uses ${wanted} only and passed over it without an event.${otherwise}`,
    fix: reading.entries.length > 1 ? editPullSecret(reading) : remedy(pod, reading),
    source: reading.secret.locate(['type']),
    severity: reading.entries.length > 0 && fits === undefined ? 'warning' : isNeeded(pod),
  };
}

/** The image that failed for want of exactly this secret. */
const fittingImage = (pod: PodCase, reading: SecretReading): ImageCase | undefined =>
  pod.images.find(
    (image) =>
      isRefusedAs(image, 'anonymous') && entryFor(reading, image.facts.repository ?? '') !== undefined,
  );
