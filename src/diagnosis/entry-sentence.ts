import type { EntryOutcome } from '../credentials/credential.js';

/** What was compared: the key as it is printed, and the image's repository. */
interface Compared {
  readonly key: string;
  readonly repository: string;
}

/** Which step decided about an entry, in one sentence (kubelet.md §2.3, §2.5, §2.6). */
export const entrySentence = (outcome: EntryOutcome, compared: Compared): string =>
  sentences[outcome.kind](outcome as never, compared);

type Sentences = {
  readonly [K in EntryOutcome['kind']]: (
    outcome: Extract<EntryOutcome, { kind: K }>,
    compared: Compared,
  ) => string;
};

const port = (text: string): string => (text === '' ? 'no port' : `port ${text}`);

const sentences: Sentences = {
  matched: (_, { key, repository }) =>
    `host and port of "${key}" fit, and its path is the beginning of "${repository}".`,
  'docker-hub-fallback': () =>
    'nothing else matches, and for Docker Hub images the kubelet then takes the key "index.docker.io".',
  shadowed: ({ by }) =>
    `it would serve as the fall-back for Docker Hub, but the key "${by}" matches and hides it.`,
  dropped: ({ error }) => `the kubelet cannot read the key and drops this entry: ${error}.`,
  unreadable: ({ what, error }) => `the ${what} cannot be read as an address: ${error}.`,
  'port-differs': ({ want, got }) =>
    `the image has ${port(want)} and the key ${port(got)}; ports must be equal, and no default is assumed.`,
  'label-count-differs': ({ want, got }) =>
    `the image's host has ${want} parts between its dots and the key's ${got}; "*" stands for one part only.`,
  'host-differs': (_, { key, repository }) => `the host of "${key}" is not the host of "${repository}".`,
  'host-case-differs': (_, { key, repository }) =>
    `the hosts of "${key}" and "${repository}" differ in upper and lower case, which counts.`,
  'path-differs': ({ path }, { repository }) =>
    `"${repository}" does not begin with the key's path "${path}".`,
};
