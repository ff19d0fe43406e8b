import { dockerHub } from '../docker-hub.js';
import { splitPort } from '../key-miss.js';
import { links } from '../links.js';
import { movedTo } from '../moved-repositories.js';
import { nearestNames, nearestPaths } from '../nearest-names.js';
import { didYouMean, quoted } from '../phrases.js';
import { type ImageCase, locateImage, suffixOf } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';

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
    detect: (image) => (image.trouble.kind === 'absent' ? [notThere(image)] : nothing),
  },
  {
    id: 'NAME05',
    title: 'The repository has moved',
    severity: 'error',
    why: 'Some well-known registries and organisations were closed or renamed, and their old names answer no more.',
    refines: ['NAME04', 'REF03', 'KEY00'],
    links: ['https://kubernetes.io/blog/2023/03/10/image-registry-redirect/'],
    about: 'image',
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
    detect: (image) =>
      image.trouble.kind === 'absent' && !image.trouble.hidden && image.facts.digest !== ''
        ? [noSuchDigest(image)]
        : nothing,
  },
];

interface UnreadableText {
  readonly title: string;
  readonly why: string;
  readonly applies: (facts: ImageCase['facts']) => boolean;
  /** Completes `"…" …`. */
  readonly tell: string | ((image: string) => string);
  readonly fix: (facts: ImageCase['facts']) => string;
}

/** A rule about a name that the kubelet refuses to read. */
function unreadable(id: string, refines: readonly string[], text: UnreadableText): Rule {
  const { title, why, applies, tell, fix } = text;
  return {
    id,
    title,
    severity: 'error',
    why,
    refines: id === 'NAME00' ? [] : ['NAME00', ...refines],
    links: [links.imageNames],
    about: 'image',
    detect: (image) =>
      image.trouble.kind !== 'invalid-name' || !applies(image.facts)
        ? nothing
        : [
            {
              message: `${JSON.stringify(image.facts.image)} ${typeof tell === 'string' ? tell : tell(image.facts.image)}`,
              fix: fix(image.facts),
              source: locateImage(image),
            },
          ],
  };
}

const imageLine = (image: string): string => `image: ${image}`;

/** The name with its repository in lower case; host and tag keep theirs. */
function lowerCasePath(image: string): string {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]/.test(first) || first === 'localhost';
  const start = hasHost ? slash + 1 : 0;
  const rest = image.slice(start);
  const end = rest.search(/[:@]/);
  const path = end < 0 ? rest : rest.slice(0, end);
  return `${image.slice(0, start)}${path.toLowerCase()}${rest.slice(path.length)}`;
}

/** What is wrong with the form of a name, in words; of several problems the first. */
function formProblem(image: string): string | undefined {
  const slash = image.indexOf('/');
  const host = slash < 0 ? '' : image.slice(0, slash);
  const lastColon = image.lastIndexOf(':');
  const tag = lastColon > image.lastIndexOf('/') ? image.slice(lastColon + 1) : '';
  if (/^[0-9a-f]{64}$/.test(image)) return 'is 64 hexadecimal digits, which is reserved for image IDs';
  if (/^[^/]*[.:]/.test(host) && /_/.test(host)) return 'has an underscore in its host';
  if (/^[0-9a-f]*:[0-9a-f:]+$/i.test(host)) return 'has an IPv6 address without brackets for a host';
  if (tag.length > 128) return `has a tag of ${tag.length} characters; 128 is the most`;
  if (image.length > 255 + host.length + tag.length + 2)
    return 'is longer than the 255 characters that a repository may have';
  if (/\+/.test(tag)) return 'has a + in its tag, which tags cannot have';
  if (/\.\.|___|\/\/|[._-]\/|\/[._-]|[._-](?::|@|$)/.test(image))
    return 'has two separators in a row, or one at the beginning or the end of a part';
  if (/@(?!sha(?:256|384|512):)/.test(image)) return 'has something behind the @ that is no digest';
  if (/@sha256:(?![0-9a-f]{64}$)/.test(image))
    return 'has a digest that is not 64 hexadecimal digits in lower case';
  const odd = /[^\w.:/@+-]/u.exec(image);
  return odd === null ? undefined : `has a ${JSON.stringify(odd[0])} in it`;
}

function formFix(image: string): string {
  const plus = /\+[^/]*$/.test(image) ? imageLine(image.replaceAll('+', '-')) : undefined;
  return plus === undefined ? 'write it as host/repository:tag' : `${plus}   # push it under that tag`;
}

function notThere(image: ImageCase): Detection {
  const { registry, repository, host, path, facts } = image;
  if (registry === undefined || repository !== undefined) return tagNotThere(image);
  const near = nearestPaths(
    path,
    registry.repositories.map(({ name }) => name),
  );
  const hidden =
    image.trouble.kind === 'absent' && image.trouble.hidden
      ? ' It answers as for a private one, but no credential would help.'
      : '';
  return {
    message: `${host} has no repository "${path}"${near.length > 0 ? didYouMean(near) : '.'}${hidden}`,
    fix:
      near[0] === undefined
        ? `push the image to ${facts.repository}, or correct its name`
        : imageLine(`${shortest(host, near[0])}${suffixOf(image)}`),
    source: locateImage(image),
  };
}

function tagNotThere(image: ImageCase): Detection {
  const { repository, facts } = image;
  const tags = Object.keys(repository?.tags ?? {});
  const near = nearestNames(facts.tag, tags);
  const have = tags.length === 0 ? '' : ` It has ${quoted(tags, 8)}.`;
  return {
    message: `${facts.repository} has no tag "${facts.tag}"${near.length > 0 ? didYouMean(near) : '.'}${have}`,
    fix:
      near[0] === undefined
        ? 'use a tag that exists, or push this one'
        : imageLine(withTag(facts.image, near[0])),
    source: locateImage(image),
  };
}

/** The name as written, with another tag. */
const withTag = (image: string, tag: string): string => {
  const colon = image.lastIndexOf(':');
  const bare = colon > image.lastIndexOf('/') ? image.slice(0, colon) : image;
  return `${bare}:${tag}`;
};

/** As people write it: nginx rather than docker.io/library/nginx. */
function shortest(host: string, path: string): string {
  return host === dockerHub ? path.replace(/^library\/([^/]+)$/, '$1') : `${host}/${path}`;
}

function moved(image: ImageCase): readonly Detection[] {
  const target =
    image.trouble.kind === 'absent' || isRefused(image) || isUnreachable(image)
      ? movedTo(image.facts.repository ?? '')
      : undefined;
  if (target === undefined) return nothing;
  return [
    {
      message: `${image.facts.repository} has moved: ${target.because}.`,
      fix: imageLine(`${target.name}${suffixOf(image)}`),
      source: locateImage(image),
    },
  ];
}

/** Old names that the world declares private are the world's own business. */
const isRefused = ({ trouble, repository }: ImageCase): boolean =>
  trouble.kind === 'refused' && trouble.as === 'anonymous' && repository === undefined;

const isUnreachable = ({ trouble }: ImageCase): boolean =>
  trouble.kind === 'transport' && trouble.failure.kind === 'no-such-host';

/** Where an image of that name is: in another registry of the world, or in one that the pod has a login for. */
function forgottenHost(image: ImageCase): readonly Detection[] {
  const { facts, host, path, pod } = image;
  if (
    host !== dockerHub ||
    !isAbsentOrRefused(image) ||
    /^(?:docker\.io|index\.docker\.io)\//.test(facts.image)
  )
    return nothing;
  const name = path.replace(/^library\//, '');
  const home = homesOf(image, name)[0];
  if (home === undefined) return nothing;
  return [
    {
      message: `"${facts.image}" names no registry, so it is ${facts.repository} on Docker Hub${absentThere(image)}; ${home} has one of that name.`,
      fix: imageLine(`${home}${suffixOf(image)}`),
      source: locateImage(image) ?? pod.facts.written.source,
    },
  ];
}

const absentThere = ({ trouble }: ImageCase): string =>
  trouble.kind === 'absent' ? ', where there is none' : '';

const isAbsentOrRefused = (image: ImageCase): boolean =>
  image.trouble.kind === 'absent' || (isRefused(image) && image.registry === undefined);

/** Repositories elsewhere that end in the same name. */
function homesOf({ pod }: ImageCase, name: string): string[] {
  return pod.facts.registries.registries
    .filter(({ host }) => host !== dockerHub)
    .flatMap(({ host, repositories }) =>
      repositories
        .filter((repository) => repository.name === name || repository.name.endsWith(`/${name}`))
        .map((repository) => `${host}/${repository.name}`),
    );
}

function libraryFolder(image: ImageCase): readonly Detection[] {
  const { trouble, registry, host, path } = image;
  if (trouble.kind !== 'absent' || registry === undefined) return nothing;
  const segments = path.split('/');
  const without = segments.filter((segment) => segment !== 'library').join('/');
  const withLibrary = [...segments.slice(0, -1), 'library', segments.at(-1)].join('/');
  const right = [without, withLibrary].find(
    (name) => name !== path && registry.repositories.some((repository) => repository.name === name),
  );
  if (right === undefined) return nothing;
  const what = right === without ? 'too much' : 'missing';
  return [
    {
      message: `${host} has no repository "${path}" but "${right}": library/ is ${what}.`,
      fix: imageLine(`${shortest(host, right)}${suffixOf(image)}`),
      source: locateImage(image),
    },
  ];
}

function hostWithoutDot(image: ImageCase): readonly Detection[] {
  const { host, facts, pod } = image;
  const first = facts.image.split('/')[0] ?? '';
  if (host !== dockerHub || !facts.image.includes('/') || /[.:]/.test(first) || !isAbsentOrRefused(image))
    return nothing;
  const declared = pod.facts.registries.registries.map((registry) => registry.host);
  const meant = declared.find(
    (name) => splitPort(name).name.split('.')[0] === first || splitPort(name).name === first,
  );
  if (meant === undefined && !/registry|harbor|nexus|artifactory|localhost/.test(first)) return nothing;
  return [
    {
      message: `"${first}" has no dot and no port, so it is a user on Docker Hub, not a host: the image is ${facts.repository}.`,
      fix: imageLine(`${meant ?? `${first}:5000`}/${facts.image.slice(first.length + 1)}`),
      source: locateImage(image),
    },
  ];
}

function noSuchDigest(image: ImageCase): Detection {
  const { facts, repository } = image;
  const tag = facts.tag === '' ? '' : ` The tag "${facts.tag}" beside it does not count.`;
  const tags = Object.keys(repository?.tags ?? {});
  return {
    message: `${facts.repository} has no content with the digest ${facts.digest}.${tag}`,
    fix: `look the digest up again (skopeo inspect docker://${facts.repository}${tags[0] === undefined ? '' : `:${tags[0]}`}), or use a tag`,
    source: locateImage(image),
  };
}
