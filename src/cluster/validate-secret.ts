import { checkJsonMap } from './check-json-map.js';
import { type FieldError, forbidden, invalid, required, tooLong } from './field-error.js';
import { configMapKey } from './name-rules.js';
import type { Secret } from './objects.js';
import { breaches, validateMeta } from './validate-meta.js';

const maxSecretBytes = 1_048_576;

/** What each type of secret must hold; every other type holds what it likes (kubelet.md §4.4; Kubernetes 1.36). */
const typeRules: Readonly<Record<string, (secret: Secret) => readonly FieldError[]>> = {
  'kubernetes.io/dockercfg': ({ data }) => jsonKey(data, '.dockercfg'),
  'kubernetes.io/dockerconfigjson': ({ data }) => jsonKey(data, '.dockerconfigjson'),
  'kubernetes.io/basic-auth': ({ data }) =>
    has(data, 'username') ? [] : unlessKeys(data, 'password', 'username'),
  'kubernetes.io/ssh-auth': ({ data }) =>
    (data?.['ssh-privatekey'] ?? '') === '' ? [required('data[ssh-privatekey]')] : [],
  'kubernetes.io/tls': ({ data }) => [...requireKey(data, 'tls.crt'), ...requireKey(data, 'tls.key')],
  'kubernetes.io/service-account-token': ({ metadata }) =>
    (metadata.annotations?.['kubernetes.io/service-account.name'] ?? '') === ''
      ? [required('metadata.annotations[kubernetes.io/service-account.name]')]
      : [],
};

/**
 * Why the API server refuses a secret, for a secret that has been defaulted; nothing when it takes it. Of a pull secret
 * it asks only for the right key with any JSON object or `null` in it: a secret can pass here and still abort every pull.
 */
export function validateSecret(secret: Secret): readonly FieldError[] {
  const keys = Object.keys(secret.data ?? {}).flatMap((key) => breaches(`data[${key}]`, key, configMapKey));
  const size = Object.values(secret.data ?? {}).reduce((sum, value) => sum + decodedBytes(value), 0);
  const typeRule = Object.hasOwn(typeRules, secret.type ?? '') ? typeRules[secret.type ?? ''] : undefined;
  return [
    ...validateMeta(secret.metadata),
    ...keys,
    ...(size > maxSecretBytes ? [tooLong('data', maxSecretBytes)] : []),
    ...(typeRule?.(secret) ?? []),
  ];
}

/** The same for a secret that replaces one of its name: the type never changes, an immutable one not at all. */
export function validateSecretUpdate(secret: Secret, old: Secret): readonly FieldError[] {
  const immutable = 'field is immutable';
  const typeChange = secret.type === old.type ? [] : [invalid('type', secret.type ?? '', immutable)];
  const reason = `${immutable} when \`immutable\` is set`;
  const frozen =
    old.immutable !== true
      ? []
      : [
          ...(secret.immutable === true ? [] : [forbidden('immutable', reason)]),
          ...(sameData(secret, old) ? [] : [forbidden('data', reason)]),
        ];
  return [...typeChange, ...frozen, ...validateSecret(secret)];
}

/** A key that must be there with a JSON object or `null`: nothing in it is looked at. */
function jsonKey(data: Secret['data'], key: string): readonly FieldError[] {
  const value = data?.[key];
  if (value === undefined) return [required(`data[${key}]`)];
  const problem = checkJsonMap(Buffer.from(value, 'base64'));
  return problem === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)];
}

const has = (data: Secret['data'], key: string): boolean => data !== undefined && Object.hasOwn(data, key);

const requireKey = (data: Secret['data'], key: string): readonly FieldError[] =>
  has(data, key) ? [] : [required(`data[${key}]`)];

/** Basic auth: one of the two is enough, so the lack of both is told of both. */
const unlessKeys = (data: Secret['data'], other: string, key: string): readonly FieldError[] =>
  has(data, other) ? [] : [required(`data[${key}]`), required(`data[${other}]`)];

const decodedBytes = (base64: string): number =>
  (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);

function sameData({ data: one = {} }: Secret, { data: other = {} }: Secret): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
