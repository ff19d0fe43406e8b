import { links } from '../links.js';
import { nothing, type Rule } from '../rule.js';
import {
  forgottenHost,
  hostWithoutDot,
  isAbsentHere,
  libraryFolder,
  moved,
  noSuchDigest,
  notThere,
} from './absent-images.js';
import { formFix, formProblem, imageLine, lowerCasePath, unreadable } from './unreadable-names.js';

/** Catalogue E: the name of the image. */
export const nameRules: readonly Rule[] = [
  unreadable('NAME00', [], {
    title: 'The image name cannot be read',
    why: 'A name is host/repository:tag@digest, all of it but the repository optional. What is anything else is refused by the kubelet before any registry is asked.',
    applies: () => true,
    tell: 'is no image name: it has the form host/repository:tag.',
    fix: () => 'write it as host/repository:tag',
  }),
  unreadable('NAME01', ['NAME02', 'NAME12'], {
    title: 'A scheme stands before the image name',
    why: 'Image names are not web addresses: https:// and docker:// have no place in them. How a registry is spoken to is set on the node.',
    applies: ({ image }) => /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(image.trim()),
    tell: 'begins with a scheme, and image names have none.',
    fix: ({ image }) => imageLine(lowerCasePath(image.trim().replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, ''))),
  }),
  unreadable('NAME02', [], {
    title: 'The repository has upper-case letters',
    why: 'Repositories are lower case. Hosts and tags may have capitals.',
    applies: ({ image }) => lowerCasePath(image) !== image,
    tell: 'has capitals in its repository, which has to be lower case.',
    fix: ({ image }) => imageLine(lowerCasePath(image)),
  }),
  unreadable('NAME03', ['NAME02', 'NAME09', 'NAME11', 'NAME12'], {
    title: 'A template was not filled in',
    why: 'A variable that nobody expanded, an empty tag behind the colon, or the `None` of a template language.',
    applies: ({ image }) =>
      /\$\{|\$\(|\{\{|<[^<>]*>|%[A-Z_]+%|\bNone\b|:$|:@?$|^\//.test(image.trim()) || image.trim() === '',
    tell: 'looks like a template with something left out.',
    fix: () => 'give the template its values, and look at what it renders',
  }),
  unreadable('NAME09', ['NAME12'], {
    title: 'A digest stands where a tag belongs',
    why: 'Digests are written with an at sign: repository@sha256:…. Charts that join repository and tag with a colon make repository:sha256:….',
    applies: ({ image }) => /:@?sha(?:256|384|512):[0-9a-f]+$/i.test(image) && !/[^:]@sha/i.test(image),
    tell: 'has a digest in the place of the tag.',
    fix: ({ image }) => imageLine(image.replace(/:@?(sha(?:256|384|512):[0-9a-f]+)$/i, '@$1')),
  }),
  unreadable('NAME11', ['NAME12'], {
    title: 'White space in the image name',
    why: 'Blanks and line feeds at the ends come from templates and quotes. The API server refuses them in pods; in the template of a workload it does not look, and no pod is ever made.',
    applies: ({ image }) => /\s/.test(image),
    tell: 'has white space in it.',
    fix: ({ image }) => imageLine(image.replace(/\s+/g, '')),
  }),
  unreadable('NAME12', [], {
    title: 'A character or a length that image names do not have',
    why: 'Hosts have no underscore, repositories no .. and no ___, tags no + and at most 128 characters; repositories end in a letter or digit.',
    applies: (facts) => formProblem(facts.image) !== undefined,
    tell: (image) => `${formProblem(image)}.`,
    fix: ({ image }) => formFix(image),
  }),
  {
    id: 'NAME04',
    title: 'The registry has no such image',
    severity: 'error',
    why: 'A slip in the repository or the tag, a tag that was not pushed or was deleted. Registries that hide private repositories answer "access denied" when the repository does not exist.',
    links: [links.imageNames],
    about: 'image',
    on: ['absent', 'refused'],
    detect: (image) => (isAbsentHere(image) ? [notThere(image)] : nothing),
  },
  {
    id: 'NAME05',
    title: 'The repository has moved',
    severity: 'error',
    why: 'Some well-known registries and organisations were closed or renamed, and their old names answer no more.',
    refines: ['NAME04', 'REF03', 'KEY00'],
    links: ['https://kubernetes.io/blog/2023/03/10/image-registry-redirect/'],
    about: 'image',
    on: ['absent', 'refused', 'transport'],
    detect: moved,
  },
  {
    id: 'NAME06',
    title: "The registry's host was forgotten",
    severity: 'error',
    why: 'A name without host is a name on Docker Hub, and one without slash even an official image there: internal-app is docker.io/library/internal-app.',
    refines: ['NAME04', 'NAME08', 'REF03', 'KEY00', 'KEY02'],
    links: [links.imageNames],
    about: 'image',
    on: ['absent', 'refused'],
    detect: forgottenHost,
  },
  {
    id: 'NAME07',
    title: 'library/ is missing or too much',
    severity: 'error',
    why: 'Only docker.io adds library/ to names without user. Mirrors and proxies of Docker Hub want it written; other registries mostly have no such folder.',
    refines: ['NAME04'],
    links: [links.imageNames],
    about: 'image',
    on: ['absent', 'refused'],
    detect: libraryFolder,
  },
  {
    id: 'NAME08',
    title: 'The first part looks like a host and is none',
    severity: 'error',
    why: 'The first part of a name is a host only if it has a dot, a colon or is localhost. Otherwise it is a user on Docker Hub.',
    refines: ['NAME04', 'REF03', 'KEY00', 'KEY02'],
    links: [links.imageNames],
    about: 'image',
    on: ['absent', 'refused'],
    detect: hostWithoutDot,
  },
  {
    id: 'NAME10',
    title: 'The registry has no such digest',
    severity: 'error',
    why: 'A digest names exactly one content. It is gone, belongs to another repository, or was never pushed there. Beside a digest the tag is not looked at.',
    refines: ['NAME04'],
    links: [links.imageNames],
    about: 'image',
    on: ['absent'],
    detect: (image) =>
      image.trouble.kind === 'absent' && !image.trouble.hidden && image.facts.digest !== ''
        ? [noSuchDigest(image)]
        : nothing,
  },
];
