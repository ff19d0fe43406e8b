import type { SourceLocation } from '../cluster/source.js';
import type { PullFailure } from '../wire/pull-failure.js';
import { entrySentence } from './entry-sentence.js';
import type { PodFacts } from './facts.js';
import { pathOf } from './fixes.js';
import { holder } from './holder.js';
import { printableKey, printableUser } from './masking.js';
import { counted, listed } from './phrases.js';
import { type ImageCase, type ListedSecret, type PodCase, podCase, suffixOf } from './pod-case.js';

/** One step of the kubelet's way to a decision. */
export interface Step {
  readonly title: string;
  readonly lines: readonly string[];
  /** The container that it is about, when it is about one. */
  readonly container?: string;
}

/** The kubelet's way to its decision about a pod, from recorded facts: the pod, its secrets, then image by image. */
export function walkThrough(facts: PodFacts): readonly Step[] {
  const pod = podCase(facts);
  return [podStep(pod), secretsStep(pod), ...pod.images.flatMap(imageSteps)];
}

function podStep({ facts, namespace, name, owner }: PodCase): Step {
  const { node, pod, written } = facts;
  const from = owner.kind === 'Pod' ? '' : `, made from ${owner.kind}/${owner.name}`;
  return {
    title: 'The pod',
    lines: [
      `${namespace}/${name}${from} (${place(written.source)})`,
      `runs on ${node.name}: kubelet ${node.kubernetesVersion}, ${node.runtime ?? 'a container runtime'}, ${node.platform}`,
      `as service account "${pod.spec.serviceAccountName ?? 'default'}"`,
    ],
  };
}

const place = ({ file, line }: SourceLocation): string => `${file}:${line}`;

function secretsStep(pod: PodCase): Step {
  const { keyringError } = pod.facts;
  const broken =
    keyringError === undefined
      ? []
      : [
          `"${keyringError.secret}" cannot be decoded, so there is no keyring at all: ${keyringError.message}`,
        ];
  return {
    title: 'Its pull secrets',
    lines: [listLine(pod), ...pod.listed.map((secret) => secretLine(pod, secret)), ...broken],
  };
}

function listLine({ facts, listed: secrets }: PodCase): string {
  const names = listed(secrets.map(({ name }) => `"${name}"`));
  switch (facts.pullSecretsFrom) {
    case 'pod':
      return secrets.length === 0
        ? 'the pod has a list without names'
        : `the pod lists ${names}; the service account's list does not count then`;
    case 'serviceAccount':
      return `the pod has no list, so it got the service account's when it was made: ${names}`;
    case 'nobody':
      return 'neither the pod nor its service account lists any';
    default:
      return facts.pullSecretsFrom satisfies never;
  }
}

function secretLine(pod: PodCase, { name, reading }: ListedSecret): string {
  const { facts, namespace, survey } = pod;
  if (reading === undefined) {
    if (survey.declared(namespace, name) !== undefined)
      return `${namespace}/${name}: promised, content unknown`;
    return survey.refused(namespace, name) === undefined
      ? `${namespace}/${name}: not there; the kubelet goes on without it`
      : `${namespace}/${name}: not there, because the API server refuses it`;
  }
  const passedOver = facts.ignoredSecrets.find((one) => one.namespace === namespace && one.name === name);
  if (passedOver !== undefined)
    return `${pathOf(reading)}: passed over (${ignoredBecause[passedOver.because]}: ${reading.type})`;
  const keys = reading.entries.map(({ key }) => `"${printableKey(key)}"`);
  return `${pathOf(reading)}: ${counted(keys.length, 'key')}${keys.length === 0 ? '' : `, ${listed(keys)}`}`;
}

const ignoredBecause = {
  type: 'its type is no pull secret’s',
  'key-missing': 'it lacks the key of its type',
  'value-empty': 'its value is empty',
} as const;

function imageSteps(image: ImageCase): readonly Step[] {
  const { container } = image.facts;
  const titled = (title: string, lines: readonly string[]): Step => ({ title, lines, container });
  const name = titled('The name', nameLines(image));
  if (image.facts.repository === null || image.facts.verdict === 'blocked') return [name];
  return [
    name,
    titled('The policy', [policyLine(image)]),
    titled('The keys', keyLines(image)),
    titled('The credentials', offerLines(image)),
  ];
}

function nameLines({ facts, host, path }: ImageCase): readonly string[] {
  if (facts.repository === null) return [`"${facts.image}" cannot be read: ${facts.nameError}`];
  const blocked =
    facts.verdict === 'blocked' ? [`not tried: "${facts.blockedBy}" comes first and failed`] : [];
  const what = facts.digest === '' ? `tag "${facts.tag}"` : `digest ${facts.digest}`;
  return [`"${facts.image}" means registry ${host}, repository ${path}, ${what}`, ...blocked];
}

function policyLine(image: ImageCase): string {
  const { facts, pod } = image;
  const held = pod.facts.node.images.includes(`${facts.repository}${suffixOf(image)}`);
  const node = `the node ${held ? 'holds' : 'does not hold'} the image before`;
  if (facts.verdict === 'present') return `${facts.pullPolicy}, and ${node}: nothing is pulled`;
  if (facts.pullPolicy === 'Never') return `Never, and ${node}: nothing is pulled`;
  return `${facts.pullPolicy}, and ${node}: it is pulled`;
}

function keyLines({ facts }: ImageCase): readonly string[] {
  if (facts.considered.length === 0) return ['there are none to compare'];
  const repository = facts.repository ?? '';
  return facts.considered.map((entry) => {
    const key = printableKey(entry.indexKey ?? entry.key);
    return `"${printableKey(entry.key)}" of ${holder(entry)}: ${entrySentence(entry.outcome, { key, repository })}`;
  });
}

function offerLines({ facts }: ImageCase): readonly string[] {
  if (facts.attempts.length === 0) return ['nothing was offered'];
  return facts.attempts.map(({ credential, failure }, index) => {
    const who =
      credential === null
        ? 'anonymous, because no key matched'
        : `user "${printableUser(credential.username)}" of ${holder(credential)}`;
    return `${index + 1}. ${who}: ${failure === null ? 'it worked' : failureWords(failure)}`;
  });
}

/** What became of one offer, in few words. */
function failureWords(failure: PullFailure): string {
  switch (failure.kind) {
    case 'token-refused':
      return failure.status === null
        ? 'no token server answered usefully'
        : `the token server answered ${failure.status}`;
    case 'insufficient-scope':
    case 'no-basic-credentials':
      return 'refused';
    case 'status':
      return `${failure.host} answered ${failure.status}`;
    case 'manifest-not-found':
      return 'let in, but the image is not there';
    case 'content-not-found':
    case 'content-mismatch':
    case 'no-platform':
    case 'unsupported-manifest':
      return 'let in, but the image is not as it should be';
    default:
      return 'the registry was not reached';
  }
}
