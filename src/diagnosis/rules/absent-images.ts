import { nearestNames, nearestPaths } from '../../cluster/nearest-names.js';
import { dockerHub, isDockerHubKeyHost } from '../docker-hub.js';
import { holder } from '../holder.js';
import { splitPort } from '../key-miss.js';
import { movedTo } from '../moved-repositories.js';
import { didYouMean, quoted } from '../phrases.js';
import { type ImageCase, locateImage, suffixOf } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';
import { imageLine } from './unreadable-names.js';

export function notThere(image: ImageCase): Detection {
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

/** Not found; or refused for a bad login, and the world knows that a good one would not find it either. */
export const isAbsentHere = ({ trouble, registry, repository }: ImageCase): boolean =>
  trouble.kind === 'absent' ||
  (trouble.kind === 'refused' &&
    trouble.as === 'login' &&
    registry !== undefined &&
    repository === undefined);

export function moved(image: ImageCase): readonly Detection[] {
  const target =
    isAbsentHere(image) || isRefused(image) || isUnreachable(image)
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
export function forgottenHost(image: ImageCase): readonly Detection[] {
  const { facts, host, path } = image;
  if (
    host !== dockerHub ||
    !isAbsentOrRefused(image) ||
    /^(?:docker\.io|index\.docker\.io)\//.test(facts.image)
  )
    return nothing;
  const name = path.replace(/^library\//, '');
  const home = homesOf(image, name)[0] ?? homeByLogin(image, name);
  if (home === undefined) return nothing;
  return [
    {
      message: `"${facts.image}" names no registry, so it is ${facts.repository} on Docker Hub${absentThere(image)}; was ${home.name} meant (${home.because})?`,
      fix: imageLine(`${home.name}${suffixOf(image)}`),
      source: locateImage(image),
    },
  ];
}

const absentThere = ({ trouble }: ImageCase): string =>
  trouble.kind === 'absent' ? ', where there is none' : '';

/** The world does not know a repository of that name: it may have been meant elsewhere. */
const isAbsentOrRefused = (image: ImageCase): boolean =>
  image.repository === undefined && (isAbsentHere(image) || isRefused(image));

interface Home {
  readonly name: string;
  readonly because: string;
}

/** Repositories elsewhere that end in the same name. */
function homesOf({ pod }: ImageCase, name: string): Home[] {
  return pod.facts.registries.registries
    .filter(({ host }) => host !== dockerHub)
    .flatMap(({ host, repositories }) =>
      repositories
        .filter((repository) => repository.name === name || repository.name.endsWith(`/${name}`))
        .map((repository) => ({ name: `${host}/${repository.name}`, because: 'it exists' })),
    );
}

/** An official image of Docker Hub needs no login: one for another registry tells where the image lives. */
function homeByLogin({ path, facts }: ImageCase, name: string): Home | undefined {
  if (!path.startsWith('library/')) return undefined;
  const login = facts.considered.find(
    ({ indexKey = '', empty }) =>
      !empty && /^[\w.-]+(?::\d+)?$/.test(indexKey) && !isDockerHubKeyHost(indexKey),
  );
  return login?.indexKey === undefined
    ? undefined
    : { name: `${login.indexKey}/${name}`, because: `${holder(login)} is for it` };
}

/** Read well by the kubelet and refused by the runtime: a name without host that CRI-O has no registry for. */
export function shortName(image: ImageCase): readonly Detection[] {
  const { facts, pod } = image;
  const refused = facts.attempts.some(({ failure }) => failure?.kind === 'invalid-reference');
  const first = facts.image.split('/')[0] ?? '';
  const namesHost = facts.image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  if (pod.facts.node.runtime !== 'cri-o' || !refused || namesHost) return nothing;
  return [
    {
      message: `"${facts.image}" names no registry, and registries.conf of node "${pod.facts.node.name}" does not say which one is meant.`,
      fix: imageLine(`${facts.repository}${suffixOf(image)}`),
      source: locateImage(image),
    },
  ];
}

export function libraryFolder(image: ImageCase): readonly Detection[] {
  const { registry, host, path } = image;
  if (!isAbsentHere(image) || registry === undefined) return nothing;
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

export function hostWithoutDot(image: ImageCase): readonly Detection[] {
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

export function noSuchDigest(image: ImageCase): Detection {
  const { facts, repository } = image;
  const tag = facts.tag === '' ? '' : ` The tag "${facts.tag}" beside it does not count.`;
  const tags = Object.keys(repository?.tags ?? {});
  return {
    message: `${facts.repository} has no content with the digest ${facts.digest}.${tag}`,
    fix: `look the digest up again (skopeo inspect docker://${facts.repository}${tags[0] === undefined ? '' : `:${tags[0]}`}), or use a tag`,
    source: locateImage(image),
  };
}
