import { createAndList } from '../fixes.js';
import { links } from '../links.js';
import { listed } from '../phrases.js';
import { type ImageCase, isUsed, locateImage } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import type { Trouble } from '../trouble.js';
import { flapping } from './healed-pulls.js';

/** Catalogue F: the content of the image and the state of the registry. */
export const contentRules: readonly Rule[] = [
  {
    id: 'IMG01',
    title: "The image has no variant for the node's platform",
    severity: 'error',
    why: "An image index lists one manifest per platform. The runtime takes the one of the node's operating system and architecture, and none was there. Images built on a laptop have the laptop's platform only.",
    links: [links.multiPlatform, links.nodeSelector],
    about: 'image',
    on: ['platform'],
    detect: (image) => when(image, 'platform', (trouble) => wrongPlatform(image, trouble.offered)),
  },
  {
    id: 'IMG02',
    title: 'Nothing but attestations is left in the index',
    severity: 'error',
    why: 'Build tools add attestations as manifests of platform unknown/unknown. When the real manifests were deleted or never pushed, only these are left.',
    refines: ['IMG01'],
    links: [links.multiPlatform],
    about: 'image',
    on: ['platform'],
    detect: (image) =>
      when(image, 'platform', ({ offered }) =>
        offered.length > 0 && offered.every((platform) => platform.startsWith('unknown'))
          ? {
              message: `the index of ${image.facts.repository} holds attestations only, and no image.`,
              fix: 'build and push the image again',
              source: locateImage(image),
            }
          : undefined,
      ),
  },
  {
    id: 'IMG03',
    title: 'The manifest is Docker schema 1',
    severity: 'error',
    why: 'containerd 2 does not read manifests of schema 1 any more.',
    refines: ['IMG04'],
    links: [links.imageNames],
    about: 'image',
    on: ['unsupported'],
    detect: (image) =>
      when(image, 'unsupported', ({ mediaType }) =>
        /manifest\.v1\+(?:prettyjws|json)/.test(mediaType) || mediaType === 'text/plain'
          ? {
              message: `${image.facts.repository} answers with a manifest of Docker schema 1, which containerd 2 does not read.`,
              fix: 'build and push the image again with a current tool',
              source: locateImage(image),
            }
          : undefined,
      ),
  },
  {
    id: 'IMG04',
    title: 'What the tag points to is no container image',
    severity: 'error',
    why: 'Registries also hold Helm charts, signatures and other artifacts. Their manifests are no images.',
    links: [links.imageNames],
    about: 'image',
    on: ['unsupported'],
    detect: (image) =>
      when(image, 'unsupported', ({ mediaType }) => ({
        message: `${image.facts.repository} answers with ${mediaType === '' ? 'content without a type' : mediaType}, which is no container image.`,
        fix: 'use the reference of the image, not of the chart or artifact beside it',
        source: locateImage(image),
      })),
  },
  {
    id: 'IMG05',
    title: 'A part of the image is missing or damaged',
    severity: 'error',
    why: 'The manifest names its parts by digest and size. The registry does not have one of them, or sends something else.',
    links: [links.imageNames],
    about: 'image',
    on: ['content'],
    detect: (image) =>
      when(image, 'content', ({ problem, digest }) => ({
        message:
          problem === 'missing'
            ? `the registry has the manifest of ${image.facts.repository}, but not its part ${digest}.`
            : `what the registry sends as ${digest} of ${image.facts.repository} has another digest or size.`,
        fix: "push the image again; if it persists, the registry's storage or a cache before it is damaged",
        source: locateImage(image),
      })),
  },
  {
    id: 'IMG06',
    title: "The registry's rate limit is reached",
    severity: 'error',
    why: 'Docker Hub counts anonymous pulls by address: all nodes behind one address share one limit. Pulls with a login count for the account.',
    links: [links.rateLimit],
    about: 'image',
    on: ['rate-limit'],
    detect: (image) => when(image, 'rate-limit', () => rateLimited(image)),
  },
  {
    id: 'IMG07',
    title: 'The pull worked at a later try only',
    severity: 'warning',
    why: 'Registries that copy their content between places answer 403 or 404 until a copy has arrived. The kubelet tries again by itself.',
    links: [links.imageNames],
    about: 'image',
    on: ['none', 'detour'],
    detect: flapping,
  },
  {
    id: 'IMG08',
    title: 'The signature policy refuses the image',
    severity: 'error',
    why: 'CRI-O checks signatures as policy.json says, before the image is used.',
    links: ['https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md'],
    about: 'image',
    on: ['signature'],
    detect: (image) =>
      when(image, 'signature', () => ({
        message: `the node's signature policy does not accept ${image.facts.repository}.`,
        fix: 'sign the image with a key that policy.json trusts, or change the policy for this registry',
        source: locateImage(image),
      })),
  },
];

/** At most one detection, when the image's trouble is of this kind. */
export function when<K extends Trouble['kind']>(
  image: ImageCase,
  kind: K,
  tell: (trouble: Extract<Trouble, { readonly kind: K }>) => Detection | undefined,
): readonly Detection[] {
  if (image.trouble.kind !== kind) return nothing;
  const detection = tell(image.trouble as Extract<Trouble, { readonly kind: K }>);
  return detection === undefined ? nothing : [detection];
}

function wrongPlatform(image: ImageCase, offered: readonly string[]): Detection {
  const { facts, repository, pod } = image;
  const { platform, name } = pod.facts.node;
  const tags = Object.entries(repository?.tags ?? {})
    .filter(([tag, { platforms }]) => tag !== facts.tag && platforms.includes(platform))
    .map(([tag]) => tag);
  const others = tags.length === 0 ? '' : ` The tags ${listed(tags, 4)} have it.`;
  const have = offered.length === 0 ? 'for other platforms only' : `for ${listed(offered)} only`;
  return {
    message: `${facts.image} is built ${have}, and node "${name}" is ${platform}.${others}`,
    fix: platformFix(facts.image, platform, offered),
    source: locateImage(image),
  };
}

function platformFix(image: string, platform: string, offered: readonly string[]): string {
  const all = [...new Set([platform, ...offered])].join(',');
  const build = `docker buildx build --platform ${all} -t ${image} --push .`;
  const [, architecture] = offered[0]?.split('/') ?? [];
  if (architecture === undefined || architecture === 'unknown') return build;
  return `${build}\nor run it where it fits\n  nodeSelector:\n    kubernetes.io/arch: ${architecture}`;
}

function rateLimited(image: ImageCase): Detection {
  const anonymous = !image.facts.considered.some(isUsed);
  return {
    message: `${image.host} answers that ${anonymous ? 'too many anonymous pulls came from this address' : 'the account has pulled too much'}.`,
    fix: anonymous
      ? createAndList(
          image,
          image.pod.listed.map(({ name }) => name),
        )
      : "wait until the limit's window is over, or pull through a mirror",
    source: locateImage(image),
  };
}
