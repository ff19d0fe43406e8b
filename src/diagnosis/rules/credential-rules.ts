import { nearestNames } from '../../cluster/nearest-names.js';
import type { Credential } from '../../credentials/credential.js';
import { dockerHub } from '../docker-hub.js';
import type { AttemptFacts } from '../facts.js';
import { repairEntry } from '../fixes.js';
import { holder } from '../holder.js';
import { links } from '../links.js';
import { printableKey, printableUser } from '../masking.js';
import { didYouMean, listed } from '../phrases.js';
import { type ImageCase, isRefusedAs } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import { type EntryReading, locateContent, type SecretReading } from '../secret-reading.js';
import { forbiddenOnTheWay, pushOnly } from './denied-access.js';

/** Catalogue D: what is in the credential. */
export const credentialRules: readonly Rule[] = [
  {
    id: 'CRED01',
    title: 'The registry does not accept the login',
    severity: 'error',
    why: 'A wrong, changed, revoked or expired password. Nodes that hold the image already hide it until the image has to be pulled again.',
    links: [links.privateRegistry],
    about: 'image',
    on: ['refused', 'detour'],
    detect: (image) => refusedLogins(image).map((sent) => badLogin(image, sent)),
  },
  vendor('CRED02', {
    title: 'The ECR token is older than twelve hours',
    why: "Amazon ECR's password for the user AWS is a token that expires twelve hours after `aws ecr get-login-password`. A secret that is written once stops working the same day.",
    applies: ({ host }) => /\.dkr\.ecr\.[^.]+\.amazonaws\.com(?:\.cn)?$/.test(host),
    tell: 'ECR passwords expire after twelve hours.',
    lasts: (username) => (username === 'AWS' ? 'twelve hours' : undefined),
    fix: 'let the nodes log in by themselves (ecr-credential-provider), or renew the secret before it expires:',
    link: links.credentialProvider,
  }),
  vendor('CRED03', {
    title: 'The shell ate a part of the user name or password',
    why: 'In double quotes the shell replaces `$name` by a variable, mostly by nothing. Robot accounts such as robot$ci arrive as robot.',
    applies: (image, sent) => eatenUser(image, sent) !== undefined,
    tell: 'it has a user of that name with a $ and more behind it, which the shell took away.',
    username: eatenUser,
    fix: 'write the name in single quotes:',
    link: links.privateRegistry,
  }),
  vendor('CRED04', {
    title: 'ghcr.io does not accept the token',
    why: "ghcr.io takes classic personal access tokens with read:packages, authorised for the organisation's SSO. It answers alike for a bad token, a missing scope and a package that does not exist.",
    applies: ({ host }) => host === 'ghcr.io',
    tell: 'ghcr.io wants a classic personal access token with read:packages, authorised for SSO.',
    fix: 'make such a token, then:',
    link: 'https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry',
  }),
  vendor('CRED05', {
    title: 'GitLab does not accept the token',
    why: 'CI_JOB_TOKEN ends with its job. A deploy token needs read_registry, and its own user name.',
    applies: ({ host }) => host === 'registry.gitlab.com' || /^registry\.gitlab\./.test(host),
    tell: 'use a deploy token with read_registry and its own user name; CI_JOB_TOKEN ends with the job.',
    fix: 'make a deploy token, then:',
    link: 'https://docs.gitlab.com/ee/user/project/deploy_tokens/',
  }),
  vendor('CRED06', {
    title: 'Azure Container Registry does not accept the login',
    why: "The service principal's secret has ended, it has no AcrPull role, or the admin user is off.",
    applies: ({ host }) => host.endsWith('.azurecr.io'),
    tell: "has the service principal's secret ended, or is the admin user off?",
    fix: 'renew the secret of the service principal (or attach the registry to the cluster), then:',
    link: 'https://learn.microsoft.com/azure/container-registry/container-registry-auth-kubernetes',
  }),
  vendor('CRED07', {
    title: "Google's registry wants a special user name",
    why: 'gcr.io and pkg.dev take a JSON key with the user _json_key, its base64 with _json_key_base64, or an access token (one hour) with oauth2accesstoken.',
    applies: ({ host }) => /(?:^|\.)gcr\.io$|\.pkg\.dev$/.test(host),
    tell: 'the user name must be _json_key, _json_key_base64 or oauth2accesstoken (whose token expires after an hour).',
    username: () => '_json_key',
    lasts: (username) => (username === 'oauth2accesstoken' ? 'one hour' : undefined),
    fix: 'use a JSON key of a service account:',
    link: 'https://cloud.google.com/artifact-registry/docs/docker/authentication',
  }),
  vendor('CRED08', {
    title: 'The name of a robot account is incomplete',
    why: 'Quay calls its robots organisation+robot, Harbor robot$project+name. The short name is nobody.',
    applies: ({ host }, { credential }) =>
      (host === 'quay.io' && !/[+$]/.test(credential.username)) ||
      (/harbor/.test(host) && /^robot(?!\$)/.test(credential.username)),
    tell: 'robots are called organisation+robot on Quay and robot$project+name on Harbor.',
    username: () => '',
    fix: 'use the full name, in single quotes:',
    link: links.privateRegistry,
  }),
  vendor('CRED09', {
    title: 'Docker Hub wants the Docker ID, not the e-mail address',
    why: "Docker Hub's registry knows accounts by their Docker ID, and with two-factor login takes access tokens only.",
    applies: ({ host }, { credential }) => host === dockerHub && credential.username.includes('@'),
    tell: 'the user name is an e-mail address; Docker Hub wants the Docker ID and an access token.',
    username: () => '',
    fix: 'use the Docker ID:',
    link: 'https://docs.docker.com/security/for-developers/access-tokens/',
  }),
  {
    id: 'CRED10',
    title: 'The login is good, but may not pull this repository',
    severity: 'error',
    why: 'The registry knows the user and does not let it pull. Docker Hub and others answer alike when the repository does not exist.',
    links: [links.privateRegistry],
    about: 'image',
    on: ['refused'],
    detect: notEntitled,
  },
  {
    id: 'CRED11',
    title: 'A bad login breaks a public image',
    severity: 'error',
    why: "As soon as one entry matches the image's registry, the kubelet offers credentials only. It never tries without, even when the image is public.",
    refines: ['CRED01', 'CRED03', 'CRED09'],
    links: [links.configJson],
    about: 'image',
    on: ['refused'],
    detect: (image) =>
      image.repository?.visibility === 'public' && image.facts.verdict === 'failed'
        ? refusedLogins(image).map((sent) => publicImage(image, sent))
        : nothing,
  },
  {
    id: 'CRED12',
    title: 'The login may push, but not pull',
    severity: 'error',
    why: 'Tokens for builds often have the right to write only. A node needs the right to read.',
    refines: ['CRED10'],
    links: [links.privateRegistry],
    about: 'image',
    on: ['refused'],
    detect: pushOnly,
  },
  {
    id: 'CRED13',
    title: 'Something before the registry forbids the pull',
    severity: 'error',
    why: "Firewalls and allow-lists answer 403, too. The registry's own rules would have let this pull through.",
    refines: ['CRED10', 'REF03', 'KEY00', 'KEY02'],
    links: [links.privateRegistry],
    about: 'image',
    on: ['refused'],
    detect: forbiddenOnTheWay,
  },
  vendor('CRED14', {
    title: 'Something invisible belongs to the credential',
    why: 'Quotes, blanks, carriage returns and zero-width characters that were copied along are part of the password.',
    applies: (_, { entry }) =>
      entry?.flaws.some((flaw) => flaw !== 'trailing-newline' && flaw !== 'placeholder') ?? false,
    tell: 'the credential begins or ends with quotes or blanks, or holds characters that do not print.',
    fix: 'type it again:',
    link: links.privateRegistry,
  }),
  vendor('CRED15', {
    title: 'This registry wants a fixed user name',
    why: 'Some registries take tokens with a user name that is the same for everybody.',
    applies: ({ host }, { credential }) =>
      fixedUserOf(host) !== undefined && fixedUserOf(host) !== credential.username,
    tell: 'this registry takes tokens with a fixed user name only ($oauthtoken for nvcr.io, AWS for ECR).',
    username: (image) => fixedUserOf(image.host),
    fix: 'use that user name, in single quotes:',
    link: links.privateRegistry,
  }),
];

const fixedUsers: readonly (readonly [RegExp, string])[] = [
  [/^nvcr\.io$/, '$oauthtoken'],
  [/\.dkr\.ecr\.[^.]+\.amazonaws\.com(?:\.cn)?$/, 'AWS'],
];

const fixedUserOf = (host: string): string | undefined =>
  fixedUsers.find(([pattern]) => pattern.test(host))?.[1];

/** A credential that was sent and refused, with the entry it came from. */
interface Sent {
  readonly credential: Credential;
  readonly reading: SecretReading | undefined;
  readonly entry: EntryReading | undefined;
}

interface VendorText {
  readonly title: string;
  readonly why: string;
  readonly applies: (image: ImageCase, sent: Sent) => boolean;
  /** A sentence after what was seen. */
  readonly tell: string;
  /** The user name to write instead; `''` leaves it to the reader. The one that was sent if absent. */
  readonly username?: (image: ImageCase, sent: Sent) => string | undefined;
  /** How long such a password is good for, where that is short: worth a word also while it still works. */
  readonly lasts?: (username: string) => string | undefined;
  /** A line before the command that writes the secret anew. */
  readonly fix: string;
  readonly link: string;
}

/** A rule that knows more about a refused login than that it was refused. */
function vendor(id: string, text: VendorText): Rule {
  const { title, why, applies, tell, username, lasts, fix, link } = text;
  return {
    id,
    title,
    severity: 'error',
    why,
    refines: ['CRED01'],
    links: [link],
    about: 'image',
    on: ['refused', 'detour', ...(lasts ? (['none'] as const) : [])],
    detect: (image) => [
      ...refusedLogins(image)
        .filter((sent) => applies(image, sent))
        .map((sent) => ({
          message: `${refused(image.host, sent)}: ${tell}`,
          fix: `${fix}\n${renew(image, sent, username?.(image, sent))}`,
          source: sent.reading && locateContent(sent.reading),
          severity: severityOf(image),
        })),
      ...acceptedLogins(image)
        .filter((sent) => applies(image, sent) && sent.reading !== undefined)
        .flatMap((sent) => soonOver(image, sent, lasts?.(sent.credential.username))),
    ],
  };
}

/** Logins that worked. */
const acceptedLogins = (image: ImageCase): Sent[] =>
  image.facts.attempts.flatMap(({ credential, failure }) =>
    credential === null || failure !== null ? [] : [sentFrom(image, credential)],
  );

function soonOver({ host }: ImageCase, sent: Sent, lasts: string | undefined): Detection[] {
  if (lasts === undefined) return [];
  const { credential, reading } = sent;
  return [
    {
      message: `${host} accepts user "${printableUser(credential.username)}" of ${holder(credential)} now; such a password is good for ${lasts} after it was made, and a secret does not renew itself.`,
      fix: 'let the nodes log in by themselves (a credential provider), or renew the secret by a job or an operator',
      source: reading && locateContent(reading),
      severity: 'info',
    },
  ];
}

/** Logins that were refused; also those before one that worked. */
function refusedLogins(image: ImageCase): Sent[] {
  if (image.facts.verdict === 'failed' && !isRefusedAs(image, 'login')) return [];
  return image.facts.attempts.filter(isRefusedLogin).map(({ credential }) => sentFrom(image, credential));
}

type WithCredential = AttemptFacts & { readonly credential: Credential };

const isRefusedLogin = (attempt: AttemptFacts): attempt is WithCredential => {
  const { credential, failure } = attempt;
  if (credential === null || failure === null) return false;
  if (failure.kind === 'token-refused')
    return !failure.anonymous && (failure.status === 401 || failure.status === 403);
  return failure.kind === 'status' && failure.status === 401 && !failure.anonymous;
};

function sentFrom({ pod }: ImageCase, credential: Credential): Sent {
  const { source } = credential;
  const reading = source.kind === 'secret' ? pod.survey.secret(source.namespace, source.name) : undefined;
  return { credential, reading, entry: reading?.entries.find(({ key }) => key === credential.key) };
}

const severityOf = ({ facts }: ImageCase) =>
  facts.verdict === 'failed' ? ('error' as const) : ('warning' as const);

const refused = (registry: string, { credential }: Sent): string =>
  `${registry} refused user "${printableUser(credential.username)}" of ${holder(credential)}`;

function badLogin(image: ImageCase, sent: Sent): Detection {
  const { registry } = image;
  const { username } = sent.credential;
  const unknown = registry !== undefined && registry.users.length > 0 && !registry.users.includes(username);
  const near = unknown ? nearestNames(username, registry.users).map(printableUser) : [];
  const because = unknown
    ? `: it has no such user${near.length > 0 ? didYouMean(near) : '.'}`
    : ': the password is wrong, was changed or has expired.';
  const later =
    image.facts.verdict === 'failed' ? '' : ' Another credential worked, one refused login later.';
  return {
    message: `${refused(image.host, sent)}${because}${later}`,
    fix: renew(image, sent, near[0]),
    source: sent.reading && locateContent(sent.reading),
    severity: severityOf(image),
  };
}

function renew(image: ImageCase, { credential, reading }: Sent, username = credential.username): string {
  const edit = `correct the entry "${printableKey(credential.key)}"`;
  return reading === undefined
    ? `in ${holder(credential)} ${edit}`
    : repairEntry(image, reading, username, edit);
}

function publicImage(image: ImageCase, sent: Sent): Detection {
  const { pod, facts } = image;
  const names = pod.listed.map(({ name }) => name).filter((name) => name !== sent.reading?.name);
  return {
    message: `${facts.repository} is public, but ${refused('the registry', sent)}, and the kubelet never tries without once a credential matches.`,
    fix: `take the secret off the list if the pod needs no login, or renew it:\n${renew(image, sent)}${names.length > 0 ? `\nthe others stay: ${listed(names)}` : ''}`,
    source: sent.reading && locateContent(sent.reading),
  };
}

function notEntitled(image: ImageCase): readonly Detection[] {
  if (image.trouble.kind !== 'refused' || image.trouble.as !== 'access') return nothing;
  const { credential } = image.trouble.attempt;
  if (credential === null) return nothing;
  const { host, facts, repository } = image;
  const pullers = repository?.pullers ?? [];
  const who = pullers.length === 0 ? '' : ` Who may: ${listed(pullers.map(printableUser))}.`;
  const sent = sentFrom(image, credential);
  return [
    {
      message: `${host} knows user "${printableUser(credential.username)}" of ${holder(credential)}, and does not let it pull ${facts.repository}.${who}`,
      fix: `in the registry, let "${printableUser(credential.username)}" pull ${image.path}; or use an account that may`,
      source: sent.reading && locateContent(sent.reading),
    },
  ];
}

/** `robot` where the registry knows `robot$ci`. */
function eatenUser({ registry }: ImageCase, { credential }: Sent): string | undefined {
  const { username } = credential;
  return username === '' ? undefined : registry?.users.find((known) => known.startsWith(`${username}$`));
}
