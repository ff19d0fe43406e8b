import { nearestNames } from '../../cluster/nearest-names.js';
import { dockerHub } from '../docker-hub.js';
import { isUsable } from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { links } from '../links.js';
import { didYouMean, listed } from '../phrases.js';
import { type ImageCase, locateImage, locateSpec, suffixOf } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import { when } from './content-rules.js';
import { valueAt } from './misplaced-list.js';
import { accountNotForProvider, silentProvider } from './provider-silence.js';

/** Catalogue G: the settings of the node, and what it holds already. */
export const nodeRules: readonly Rule[] = [
  {
    id: 'NODE02',
    title: 'It works only because the node has the image already',
    severity: 'warning',
    why: 'With IfNotPresent nothing is pulled where the image is. On a new node the same pod fails.',
    links: [links.pullPolicy],
    about: 'image',
    on: ['none'],
    detect: cachedOnly,
  },
  {
    id: 'NODE03',
    title: 'The node has the image, and the pod must prove that it may use it',
    severity: 'warning',
    why: 'Since Kubernetes 1.35 the kubelet verifies access to images that are present: without the credential of the first pull the image is pulled again, with what the pod brings.',
    implies: ['REF03', 'KEY00', 'CRED01', 'CRED10'],
    links: [links.pullPolicy],
    about: 'image',
    on: 'any',
    detect: mustProve,
  },
  {
    id: 'NODE04',
    title: 'Never pull, and the node does not have it',
    severity: 'error',
    why: 'imagePullPolicy: Never uses what is on the node. Nobody asks a registry, so credentials play no part.',
    links: [links.pullPolicy],
    about: 'image',
    on: ['never'],
    detect: (image) => when(image, 'never', () => neverPulled(image)),
  },
  {
    id: 'NODE05',
    title: 'The image is on the node, and the policy is to pull it all the same',
    severity: 'error',
    why: 'Without imagePullPolicy, an image without tag or with :latest gets Always. Always asks the registry every time, also for images that were loaded by hand.',
    refines: ['NAME04', 'NAME06', 'REF03', 'KEY00', 'NET00', 'NET03'],
    links: [links.pullPolicy],
    about: 'image',
    on: 'any',
    detect: (image) => (isMadeAlways(image) ? nothing : pulledAllTheSame(image)),
  },
  {
    id: 'NODE06',
    title: 'The cluster pulls every image, whatever the policy says',
    severity: 'error',
    why: 'The AlwaysPullImages admission plugin makes every policy Always, so that nobody runs images that others have pulled. Images that were loaded by hand have to be in a registry then.',
    refines: ['NAME04', 'NAME06', 'REF03', 'KEY00', 'NET00', 'NET03'],
    links: [
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwayspullimages',
    ],
    about: 'image',
    on: 'any',
    detect: (image) => (isMadeAlways(image) ? pulledAllTheSame(image) : nothing),
  },
  {
    id: 'NODE07',
    title: "The node's credential provider gives nothing for the image",
    severity: 'error',
    why: 'The kubelet asks a credential provider only for images that one of its matchImages patterns covers: host label by label, port as text, path as a beginning. What goes wrong then stands in the log of the kubelet alone, and the pull goes on without.',
    refines: ['REF03', 'KEY00'],
    links: [links.credentialProvider],
    about: 'image',
    on: ['refused'],
    detect: silentProvider,
  },
  {
    id: 'NODE08',
    title: 'The service account is not marked for the credential provider',
    severity: 'error',
    why: 'A credential provider that works with tokens of service accounts may want annotations on the account. Without them the kubelet does not ask it, and logs nothing.',
    refines: ['REF03', 'KEY00', 'NODE07'],
    links: [links.credentialProvider],
    about: 'image',
    on: ['refused'],
    detect: accountNotForProvider,
  },
];

/** Whether the policy is the admission plugin's and not the author's. */
function isMadeAlways({ pod, facts }: ImageCase): boolean {
  if (pod.facts.cluster.alwaysPullImages !== true) return false;
  const field = facts.kind === 'imageVolume' ? 'pullPolicy' : 'imagePullPolicy';
  const written = valueAt(pod.facts.written.object, [
    ...pod.facts.specPath,
    ...facts.path.slice(0, -1),
    field,
  ]);
  return written === undefined ? facts.tag !== 'latest' : written !== 'Always';
}

function cachedOnly(image: ImageCase): readonly Detection[] {
  const { facts, repository, pod } = image;
  if (facts.verdict !== 'present' || facts.pullPolicy !== 'IfNotPresent') return nothing;
  if (repository?.visibility !== 'private') return nothing;
  const serves = pod.listed.some(
    ({ reading }) => reading && isUsable(reading) && entryFor(reading, facts.repository ?? ''),
  );
  if (serves || facts.considered.some(({ source }) => source.kind !== 'secret')) return nothing;
  return [
    {
      message: `node "${pod.facts.node.name}" has ${facts.image} already, so it runs; the image is private and the pod has no credential for ${image.host}, so on another node it would fail.`,
      fix: 'give the pod a pull secret for this registry; imagePullPolicy: Always shows the problem at once',
      source: locateImage(image),
    },
  ];
}

const onNode = ({ pod, facts, host, path }: ImageCase, suffix: string): boolean => {
  const full = `${host}/${path}${suffix}`;
  return pod.facts.node.images.some((image) => image === full || image === facts.image);
};

function mustProve(image: ImageCase): readonly Detection[] {
  const { facts, trouble, pod } = image;
  if (facts.pullPolicy !== 'IfNotPresent' || !onNode(image, suffixOf(image))) return nothing;
  if (trouble.kind === 'none' || trouble.kind === 'blocked' || facts.attempts.length === 0) return nothing;
  return [
    {
      message: `node "${pod.facts.node.name}" has ${facts.image}, but the pod does not hold the credential it was pulled with, so the kubelet pulls it again.`,
      fix: "give the pod the secret; or set imagePullCredentialsVerificationPolicy: NeverVerify in the kubelet's configuration",
      source: locateImage(image),
    },
  ];
}

function neverPulled(image: ImageCase): Detection {
  const { facts, host, pod } = image;
  const { name, images } = pod.facts.node;
  const reference = `${facts.repository}${suffixOf(image)}`;
  const near = nearestNames(reference, images);
  const holds = images.length === 0 ? 'holds no image' : `holds ${listed(images, 5)}`;
  const pull =
    host === dockerHub && image.repository?.visibility === 'public'
      ? ' It is public: it could be pulled.'
      : '';
  return {
    message: `imagePullPolicy is Never and node "${name}" does not hold ${reference}; it ${holds}${images.length > 5 && near.length > 0 ? didYouMean(near) : '.'}${pull}`,
    fix: `imagePullPolicy: IfNotPresent\nor load the image on the node: ctr -n k8s.io images import image.tar`,
    source: locateSpec(pod, [
      ...facts.path.slice(0, -1),
      facts.kind === 'imageVolume' ? 'pullPolicy' : 'imagePullPolicy',
    ]),
  };
}

function pulledAllTheSame(image: ImageCase): readonly Detection[] {
  const { facts, trouble, pod } = image;
  if (facts.pullPolicy !== 'Always' || facts.verdict !== 'failed' || !onNode(image, suffixOf(image)))
    return nothing;
  if (trouble.kind === 'keyring' || trouble.kind === 'invalid-name') return nothing;
  const why = pod.facts.cluster.alwaysPullImages
    ? 'the AlwaysPullImages plugin makes the policy Always'
    : `its policy is Always${facts.tag === 'latest' ? ', the default for :latest' : ''}`;
  return [
    {
      message: `node "${pod.facts.node.name}" has ${facts.image}, but ${why}, so the registry is asked.`,
      fix: pod.facts.cluster.alwaysPullImages
        ? 'push the image to a registry, or turn the plugin off'
        : 'imagePullPolicy: IfNotPresent',
      source: locateImage(image),
    },
  ];
}
