import type { ConsideredEntry } from '../../credentials/credential.js';
import { dockerHub, dockerHubKey, serverFor } from '../docker-hub.js';
import { createAndList, listSecrets, repairEntry } from '../fixes.js';
import { holder } from '../holder.js';
import { type KeyMiss, splitPort } from '../key-miss.js';
import { editPullSecret } from '../kubectl-command.js';
import { links } from '../links.js';
import { printableKey } from '../masking.js';
import { listed, quoted } from '../phrases.js';
import { type ImageCase, isRefusedAs, type Miss, missesOf } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import { locateContent, type SecretReading } from '../secret-reading.js';

/** Catalogue C: the registry key of the entry. */
export const keyRules: readonly Rule[] = [
  {
    id: 'KEY00',
    title: "No entry is for the image's registry",
    severity: 'error',
    why: 'The kubelet compares every key with host, port and path of the image and sends what matches. Nothing matched, so the pull was anonymous.',
    links: [links.privateRegistry, links.configJson],
    about: 'image',
    on: ['refused'],
    detect: noEntry,
  },
  near('KEY01', ['not-docker-hub'], {
    title: "The key is not Docker Hub's",
    why: "For images of Docker Hub the kubelet uses the keys https://index.docker.io/v1/, index.docker.io and docker.io (also with a path behind docker.io). The hosts that serve Docker Hub's pages and API, registry-1.docker.io included, match no image.",
    tell: (key) =>
      `has a key for ${key}, which is not how Docker Hub is called in a pull secret: that is "${dockerHubKey}".`,
  }),
  {
    id: 'KEY02',
    title: 'The secret is for Docker Hub',
    severity: 'error',
    why: 'Without --docker-server, kubectl writes the key of Docker Hub.',
    refines: ['KEY00'],
    links: [links.privateRegistry],
    about: 'image',
    on: ['refused', 'unknown'],
    detect: (image) =>
      nearMisses(image, ['docker-hub-default'])
        .filter((miss) => servesNothing(image, miss.entry))
        .map((miss) =>
          tellMiss(
            image,
            miss,
            (key) =>
              `has a key for ${key}, Docker Hub; the image is on ${image.host} (was --docker-server forgotten?).`,
          ),
        ),
  },
  near('KEY03', ['port'], {
    title: 'The port is missing or differs',
    why: 'Ports are compared as text. No port is not the same as :443, and a key without port is not for every port.',
    tell: (key, { host }) => `has a key for ${key}; the image needs "${host}" (the port counts).`,
  }),
  near('KEY04', ['api-path'], {
    title: 'The path of an API is in the key',
    why: "/v1/ and /v2/ are taken off a key only with the slash at their end. Any other path has to be the beginning of the repository's name.",
    tell: (key, { host }) =>
      `has a key for ${key}; what follows the host counts as the beginning of the repository's name. The image needs "${serverFor(host)}".`,
  }),
  near('KEY05', ['scheme', 'unreadable'], {
    title: 'The key cannot be read as a registry',
    why: 'A key is a host, optionally after https:// or http:// (in lower case) and before a path. With another scheme it never matches; with blanks or control characters the kubelet drops the entry and tells only its log.',
    tell: (key, { host }) => `has a key ${key}, which the kubelet cannot use; write "${serverFor(host)}".`,
  }),
  near('KEY06', ['other-path', 'names-tag'], {
    title: 'The key is for another path of the registry',
    why: 'A key with a path serves repositories whose name begins with that path, as text. Tags are not compared, so a key that names one never matches.',
    tell: (key, { facts }) => `has a key for ${key}; the image's repository is "${facts.repository}".`,
  }),
  {
    id: 'KEY07',
    title: "The key's path ends in the middle of a name",
    severity: 'warning',
    why: 'Paths are compared as text, without regard to slashes: registry/tea also serves registry/team. The wrong account is then offered, too.',
    links: [links.configJson],
    about: 'image',
    on: 'any',
    detect: greedyPrefix,
  },
  {
    id: 'KEY08',
    title: 'A key for docker.io hides the one for index.docker.io',
    severity: 'error',
    why: "The key index.docker.io is used for Docker Hub's images only when no other key matches. A docker.io entry with an old password keeps the good one from being tried.",
    refines: ['CRED01', 'CRED10', 'CRED11'],
    links: [links.configJson],
    about: 'image',
    on: ['refused'],
    detect: shadowed,
  },
  near('KEY09', ['case', 'spelling'], {
    title: 'The host is spelled differently',
    why: 'The key has to name the registry exactly as the image does: same case, same labels, name or address alike.',
    tell: (key, { host }) => `has a key for ${key}; the image says "${host}".`,
  }),
  near('KEY10', ['glob-labels'], {
    title: 'The asterisk covers one label only',
    why: 'Key and host are compared label by label, and must have the same number of labels: *.amazonaws.com does not cover 1.dkr.ecr.eu-west-1.amazonaws.com.',
    tell: (key, { host }) =>
      `has a key for ${key}; an asterisk stands for one label, and "${host}" has ${labels(host)}. "${globFor(host)}" would match.`,
  }),
  near('KEY11', ['mirror'], {
    title: 'The key names a mirror',
    refines: ['NET04'],
    why: "Credentials are looked up by the name in the image. Which mirror serves it is the runtime's affair, later.",
    tell: (key, { host }) =>
      `has a key for ${key}, a mirror; the kubelet looks for the host that the image names, "${host}".`,
  }),
];

interface NearText {
  readonly title: string;
  readonly why: string;
  /** Beside the general rules about keys. */
  readonly refines?: readonly string[];
  /** Completes `secret ns/name …`; the key is quoted. */
  readonly tell: (key: string, image: ImageCase) => string;
}

/** A rule about entries that nearly match: they differ by their reason, and all work alike. */
function near(id: string, misses: readonly KeyMiss[], { title, why, refines = [], tell }: NearText): Rule {
  return {
    id,
    title,
    severity: 'error',
    why,
    refines: ['KEY00', 'REF03', ...refines],
    links: [links.configJson, links.privateRegistry],
    about: 'image',
    on: ['refused', 'unknown'],
    detect: (image) => nearMisses(image, misses).map((miss) => tellMiss(image, miss, tell)),
  };
}

/** Only where a credential was wanted; for images nobody could decide it is worth a warning. */
function nearMisses(image: ImageCase, wanted: readonly KeyMiss[]): Miss[] {
  if (!isRefusedAs(image, 'anonymous') && image.trouble.kind !== 'unknown') return [];
  return missesOf(image).filter(({ miss }) => wanted.includes(miss));
}

function tellMiss(image: ImageCase, { entry, miss }: Miss, tell: NearText['tell']): Detection {
  const reading = readingOf(image, entry);
  return {
    message: `${holder(entry)} ${tell(`"${printableKey(entry.key)}"`, image)}`,
    fix: miss === 'other-path' ? anotherSecret(image) : fixKey(image, entry, reading),
    source: reading && locateContent(reading),
    severity: image.facts.verdict === 'failed' ? 'error' : 'warning',
  };
}

function readingOf(image: ImageCase, { source }: ConsideredEntry): SecretReading | undefined {
  return source.kind === 'secret' ? image.pod.survey.secret(source.namespace, source.name) : undefined;
}

/** The entry is right for what it names; the image needs one of its own beside it. */
const anotherSecret = (image: ImageCase): string =>
  createAndList(
    image,
    image.pod.listed.map(({ name }) => name),
  );

function fixKey(image: ImageCase, entry: ConsideredEntry, reading: SecretReading | undefined): string {
  const right = serverFor(image.host);
  const edit = `write "${right}" instead of "${printableKey(entry.key)}"`;
  return reading === undefined ? `there ${edit}` : repairEntry(image, reading, entry.username, edit);
}

/** Nothing wrong with any entry, they are just for other registries. */
function noEntry(image: ImageCase): readonly Detection[] {
  const { pod, facts, host } = image;
  if (!isRefusedAs(image, 'anonymous') || pod.listed.length === 0) return nothing;
  if (facts.considered.some(({ empty, outcome }) => empty && outcome.kind === 'matched')) return nothing;
  const keys = [...new Set(facts.considered.map(({ key }) => printableKey(key)))];
  const have = keys.length === 0 ? 'no entry at all' : `entries for ${quoted(keys)}`;
  return [
    {
      message: `the pod's pull secrets (${listed(pod.listed.map(({ name }) => name))}) have ${have}; none is for "${host}".`,
      fix: anotherSecret(image),
      source: pod.facts.written.locate([...pod.facts.specPath, 'imagePullSecrets']),
    },
  ];
}

/** A Docker Hub entry beside an image of Docker Hub is there for that one. */
const servesNothing = ({ pod }: ImageCase, entry: ConsideredEntry): boolean =>
  !pod.images.some(({ host }) => host === dockerHub) || entry.empty;

function greedyPrefix(image: ImageCase): readonly Detection[] {
  const { host, path, facts } = image;
  return facts.considered.flatMap((entry) => {
    const prefix = entry.indexKey?.startsWith(`${host}/`) ? entry.indexKey.slice(host.length + 1) : '';
    if (entry.outcome.kind !== 'matched' || prefix === '' || prefix.endsWith('/')) return [];
    if (!path.startsWith(prefix) || /^(?:\/|$)/.test(path.slice(prefix.length))) return [];
    const reading = readingOf(image, entry);
    return [
      {
        message: `${holder(entry)} has a key for "${printableKey(entry.key)}", which also serves "${facts.repository}": paths are compared as text.`,
        fix: `end the path with a slash: "${printableKey(entry.key)}/"`,
        source: reading && locateContent(reading),
      },
    ];
  });
}

function shadowed(image: ImageCase): readonly Detection[] {
  if (!isRefusedAs(image, 'login') && !isRefusedAs(image, 'access')) return nothing;
  const hidden = image.facts.considered.find(({ outcome }) => outcome.kind === 'shadowed');
  const stale = image.facts.considered.find(({ outcome }) => outcome.kind === 'matched');
  if (hidden === undefined || stale === undefined) return nothing;
  const reading = readingOf(image, stale);
  return [
    {
      message: `${holder(stale)} has a key "${printableKey(stale.key)}", which was refused and keeps "${printableKey(hidden.key)}" of ${holder(hidden)} from being tried.`,
      fix: withoutEntry(image, stale, reading),
      source: reading && locateContent(reading),
    },
  ];
}

/** The entry goes; with it the secret, when there is nothing else in it. */
function withoutEntry(image: ImageCase, entry: ConsideredEntry, reading: SecretReading | undefined): string {
  const remove = `remove the entry "${printableKey(entry.key)}"`;
  if (reading === undefined) return `in ${holder(entry)} ${remove}`;
  const others = image.pod.listed.map(({ name }) => name).filter((name) => name !== reading.name);
  return reading.entries.length > 1 || others.length === 0
    ? editPullSecret(reading, remove)
    : listSecrets(image.pod, others);
}

const labels = (host: string): string => `${splitPort(host).name.split('.').length} labels`;

/** The widest glob that people use in earnest: every label that differs between accounts and regions. */
function globFor(host: string): string {
  const ecr = /^\d+\.dkr\.ecr\.[^.]+\.(amazonaws\..+)$/.exec(host);
  if (ecr !== null) return `*.dkr.ecr.*.${ecr[1]}`;
  const { name, port } = splitPort(host);
  const glob = name.replace(/^[^.]+/, '*');
  return port === '' ? glob : `${glob}:${port}`;
}
