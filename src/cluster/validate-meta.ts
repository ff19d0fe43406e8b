import { type FieldError, invalid, required, tooLong } from './field-error.js';
import {
  asPrefix,
  dns1123Label,
  dns1123Subdomain,
  labelKey,
  labelValue,
  type NameRule,
} from './name-rules.js';
import type { ObjectMeta } from './objects.js';

const maxAnnotationBytes = 256 * 1024;

/** The API server's checks of `metadata`, for kinds whose names are DNS subdomains: all that pullsim reads. */
export function validateMeta(meta: ObjectMeta, nameRule: NameRule = dns1123Subdomain): readonly FieldError[] {
  return [
    ...validateGenerateName(meta, nameRule),
    ...validateName(meta, nameRule),
    ...breaches('metadata.namespace', meta.namespace ?? '', dns1123Label),
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
  ];
}

/** Labels, and the labels that a node selector asks for. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
): readonly FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...breaches(path, key, labelKey),
    ...breaches(path, value, labelValue),
  ]);
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): readonly FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const size = entries.reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), 0);
  return [
    ...entries.flatMap(([key]) => labelKey(key.toLowerCase()).map((text) => invalid(path, key, text))),
    ...(size > maxAnnotationBytes ? [tooLong(path, maxAnnotationBytes)] : []),
  ];
}

/** One error per broken rule. */
export const breaches = (path: string, value: string, rule: NameRule): readonly FieldError[] =>
  rule(value).map((text) => invalid(path, value, text));

const validateGenerateName = ({ generateName = '' }: ObjectMeta, rule: NameRule): readonly FieldError[] =>
  generateName === ''
    ? []
    : rule(asPrefix(generateName)).map((text) => invalid('metadata.generateName', generateName, text));

/** The API server has made a name from `generateName` by now; a good prefix gives a good name. */
function validateName({ name = '', generateName = '' }: ObjectMeta, rule: NameRule): readonly FieldError[] {
  if (name !== '') return breaches('metadata.name', name, rule);
  return generateName === '' ? [required('metadata.name', 'name or generateName is required')] : [];
}

const bytes = (text: string) => Buffer.byteLength(text);
