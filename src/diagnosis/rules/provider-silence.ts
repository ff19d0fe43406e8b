import { matchesProvider } from '../../credentials/provider-match.js';
import type { ProviderFacts } from '../facts.js';
import { keyMiss } from '../key-miss.js';
import { quoted } from '../phrases.js';
import { type ImageCase, isRefusedAs, locateImage } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';

/** Asked and without an answer, or not asked because no pattern quite covers the image. */
export function silentProvider(image: ImageCase): readonly Detection[] {
  if (!isRefusedAs(image, 'anonymous')) return nothing;
  const { pod, facts, host } = image;
  const { providers = [], name: node } = pod.facts.node;
  const asked = providers.find(({ matchImages }) => matchesProvider(matchImages, facts.repository ?? ''));
  if (asked !== undefined)
    return [
      {
        message: `node "${node}" has credential provider "${asked.name}" for this image, and got no credential from it.`,
        fix: `look at the kubelet's log on the node: journalctl -u kubelet | grep ${asked.name}`,
        source: locateImage(image),
      },
    ];
  const near = providers.find((provider) => nearlyCovers(provider, image));
  if (near === undefined) return nothing;
  return [
    {
      message: `credential provider "${near.name}" of node "${node}" is for ${quoted(near.matchImages, 4)}, which does not cover "${facts.repository}", so it was not asked.`,
      fix: `in the CredentialProviderConfig of the node, under matchImages of "${near.name}" write\n  - "${host}"`,
      source: locateImage(image),
    },
  ];
}

/** A pattern for which the image is a near miss, as a registry key would be. */
const nearlyCovers = ({ matchImages }: ProviderFacts, { host, path }: ImageCase): boolean =>
  matchImages.some((pattern) => {
    const miss = keyMiss(pattern, pattern, { host, path, mirrors: [] });
    return miss !== 'other-registry' && miss !== 'docker-hub-default';
  });

export function accountNotForProvider(image: ImageCase): readonly Detection[] {
  if (!isRefusedAs(image, 'anonymous')) return nothing;
  const { pod, facts } = image;
  const name = pod.facts.pod.spec.serviceAccountName ?? 'default';
  const { annotations = {} } = pod.facts.serviceAccount?.object.metadata ?? {};
  return (pod.facts.node.providers ?? [])
    .filter(({ matchImages }) => matchesProvider(matchImages, facts.repository ?? ''))
    .flatMap((provider) => {
      const lacking = provider.requiredAnnotations.filter((key) => annotations[key] === undefined);
      if (lacking.length === 0) return [];
      return [
        {
          message: `credential provider "${provider.name}" is for accounts with the annotation ${quoted(lacking)}, and service account "${name}" has none, so it was not asked.`,
          fix: `kubectl annotate serviceaccount ${name} -n ${pod.namespace} ${lacking.map((key) => `${key}=…`).join(' ')}`,
          source: pod.facts.serviceAccount?.locate(['metadata']) ?? locateImage(image),
        },
      ];
    });
}
