import { pathOf } from '../fixes.js';
import type { PodCase } from '../pod-case.js';
import type { Detection } from '../rule.js';
import { isBase64OfJson, locateContent, type SecretReading } from '../secret-reading.js';
import { listedReadings } from './secret-content.js';
import { isNeeded } from './secret-remedy.js';

/** Values that would be good base64 if only the lines were not broken. */
export const wrappedBase64 = (pod: PodCase): Detection[] =>
  listedReadings(pod)
    .filter(isWrapped)
    .map((reading) => ({
      message: `${reading.dataKey} of secret ${pathOf(reading)} was wrapped into several lines, which YAML joins with blanks: that is no base64.`,
      fix: 'write it in one line (base64 -w0), or the JSON itself under stringData',
      source: locateContent(reading),
      severity: isNeeded(pod),
    }));

/** Read as written: the API server takes nothing of it. */
function isWrapped({ secret, dataKey }: SecretReading): boolean {
  const { data } = (secret.written ?? {}) as { readonly data?: Readonly<Record<string, unknown>> | null };
  const value = dataKey === undefined ? undefined : data?.[dataKey];
  return typeof value === 'string' && /\S[ \t]+\S/.test(value) && isBase64OfJson(value.replace(/\s+/g, ''));
}
