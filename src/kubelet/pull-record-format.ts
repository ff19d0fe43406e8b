import type { ImagePulledRecord, RecordedAccess } from './pull-records.js';

/** A pull record or intent as the kubelet writes it: members in this order, map keys sorted. */
export type PullRecordDocument = Readonly<Record<string, unknown>>;

const group = 'kubelet.config.k8s.io';

/** API versions that a kubelet can read, by the one that it writes: newer ones mean nothing to it. */
const readableVersions: Readonly<Record<string, readonly string[]>> = {
  [`${group}/v1alpha1`]: [`${group}/v1alpha1`],
  [`${group}/v1beta1`]: [`${group}/v1alpha1`, `${group}/v1beta1`],
};

export const writeIntent = (image: string, apiVersion: string): PullRecordDocument => ({
  kind: 'ImagePullIntent',
  apiVersion,
  image,
});

export const writeRecord = (record: ImagePulledRecord, apiVersion: string): PullRecordDocument => ({
  kind: 'ImagePulledRecord',
  apiVersion,
  lastUpdatedTime: record.lastUpdatedTime,
  imageRef: record.imageRef,
  ...(record.credentialMapping && { credentialMapping: sorted(record.credentialMapping) }),
});

/**
 * @param apiVersion what this kubelet writes
 * @throws Error when the text is no intent that it can read; decoding is strict, as the kubelet's
 */
export function readIntent(text: string, apiVersion: string): string {
  return textMember(readDocument(text, apiVersion, 'ImagePullIntent', ['image']), 'image');
}

/**
 * @param apiVersion what this kubelet writes
 * @throws Error when the text is no pulled record that it can read; decoding is strict, as the kubelet's
 */
export function readRecord(text: string, apiVersion: string): ImagePulledRecord {
  const document = readDocument(text, apiVersion, 'ImagePulledRecord', [
    'lastUpdatedTime',
    'imageRef',
    'credentialMapping',
  ]);
  const mapping = document.credentialMapping;
  return {
    lastUpdatedTime: textMember(document, 'lastUpdatedTime'),
    imageRef: textMember(document, 'imageRef'),
    ...(mapping !== undefined && { credentialMapping: readMapping(mapping) }),
  };
}

const sorted = (mapping: Readonly<Record<string, RecordedAccess>>) =>
  Object.fromEntries(Object.entries(mapping).sort(([a], [b]) => (a < b ? -1 : 1)));

function readDocument(
  text: string,
  apiVersion: string,
  kind: string,
  members: readonly string[],
): Record<string, unknown> {
  const document = objectWith(JSON.parse(text), ['kind', 'apiVersion', ...members]);
  if (document.kind !== kind) throw new Error(`pull record: kind is not ${kind}`);
  const readable = readableVersions[apiVersion]?.includes(textMember(document, 'apiVersion'));
  if (readable !== true) throw new Error('pull record: unknown apiVersion');
  return document;
}

const accessMembers = ['kubernetesSecrets', 'kubernetesServiceAccounts', 'nodePodsAccessible'];
const accountMembers = ['uid', 'namespace', 'name'];
const secretMembers = [...accountMembers, 'credentialHash'];

function readMapping(value: unknown): Record<string, RecordedAccess> {
  const mapping = objectWith(value);
  for (const access of Object.values(mapping)) {
    const { kubernetesSecrets, kubernetesServiceAccounts } = objectWith(access, accessMembers);
    checkList(kubernetesSecrets, secretMembers);
    checkList(kubernetesServiceAccounts, accountMembers);
  }
  return mapping as Record<string, RecordedAccess>;
}

function checkList(value: unknown, members: readonly string[]): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new Error('pull record: not a list');
  for (const entry of value) {
    const object = objectWith(entry, members);
    for (const member of Object.keys(object)) textMember(object, member);
  }
}

function objectWith(value: unknown, members?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('pull record: not an object');
  const strange = Object.keys(value).find((name) => members !== undefined && !members.includes(name));
  if (strange !== undefined) throw new Error(`pull record: unknown field ${JSON.stringify(strange)}`);
  return value as Record<string, unknown>;
}

function textMember(document: Record<string, unknown>, name: string): string {
  const value = document[name];
  if (typeof value !== 'string') throw new Error(`pull record: ${name} is not a string`);
  return value;
}
