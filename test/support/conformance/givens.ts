import { defaultManifestLimit } from './fixtures.js';
import { repositories } from './names.js';

/** What a case starts from, read from its `given` texts. */
export interface Givens {
  readonly controls: Controls;
  readonly personality: 'distribution' | 'htpasswd';
  readonly content: readonly GivenContent[];
  /** Bytes sent of bytes promised, between the first two steps, before the connection is cut. */
  readonly cutUpload?: { readonly sent: number; readonly promised: number };
}

/** Test options of the server. */
export interface Controls {
  readonly delete?: false;
  readonly referrers?: false;
  readonly redirectBlobs?: true;
  readonly chunkMinBytes?: number;
  readonly pullLimit?: number;
  readonly limitedOperation?: 'referrers';
  readonly manifestLimit: number;
  readonly warning?: string;
  readonly pageSize?: number;
  /** The clock jumps so far before the last step. */
  readonly clockStepSeconds?: number;
  readonly tokenPostStatus?: number;
}

/** Something that is in a repository before the first step. */
export type GivenContent =
  | {
      readonly kind: 'fixture';
      readonly name: string;
      readonly repository: string;
      readonly tags: readonly string[];
      readonly algorithm: 'sha256' | 'sha512';
    }
  | { readonly kind: 'needs'; readonly name: string; readonly repository: string };

/** @throws for a text that the closed list does not have */
export function readGivens(texts: readonly string[]): Givens {
  let controls: Controls = { manifestLimit: defaultManifestLimit };
  const content: GivenContent[] = [];
  let personality: Givens['personality'] = 'distribution';
  let cutUpload: Givens['cutUpload'];
  for (const text of texts) {
    const control = /^control: (.*)$/.exec(text)?.[1];
    const named = /^personality (.*)$/.exec(text)?.[1];
    const cut = /^raw socket sends (\d+) of (\d+) promised bytes then closes$/.exec(text);
    if (control !== undefined) controls = { ...controls, ...readControl(control) };
    else if (named === 'htpasswd' || named === 'distribution') personality = named;
    else if (named !== undefined) throw new Error(`the personality "${named}" is a vendor's`);
    else if (cut !== null) cutUpload = { sent: Number(cut[1]), promised: Number(cut[2]) };
    else content.push(...readContent(text));
  }
  return { controls, personality, content, ...(cutUpload !== undefined && { cutUpload }) };
}

/** The controls of the vectors' `meta`: how each begins, and what its value, if it has one, means. */
const controlWords: readonly [RegExp, (text: string) => Partial<Controls>][] = [
  [/^deletes? (off|disabled)/, () => ({ delete: false })],
  [/^referrers\b.* (off|disabled)/, () => ({ referrers: false })],
  [/^redirect blobs to listener 2/, () => ({ redirectBlobs: true })],
  [/^min chunk/, (text) => ({ chunkMinBytes: bytesIn(text) })],
  [/^manifest limit/, (text) => (/\d/.test(text) ? { manifestLimit: bytesIn(text) } : {})],
  [
    /^limit referrers/,
    (text) => ({ limitedOperation: 'referrers', pullLimit: /\d/.test(text) ? numberIn(text) : 0 }),
  ],
  [/^limit \d/, (text) => ({ pullLimit: numberIn(text) })],
  [/^warning/, (text) => ({ warning: warningText(text) })],
  [/^page size/, (text) => ({ pageSize: numberIn(text) })],
  [/^clock step/, (text) => ({ clockStepSeconds: secondsIn(text) })],
  [/^token POST/, (text) => ({ tokenPostStatus: numberIn(text) })],
];

function readControl(text: string): Partial<Controls> {
  const found = controlWords.find(([pattern]) => pattern.test(text));
  if (found === undefined) throw new Error(`the control "${text}" is not explained`);
  return found[1](text);
}

function numberIn(text: string): number {
  const [digits] = /\d+/.exec(text.replace(/(?<=\d)[ ,_](?=\d{3}\b)/g, '')) ?? [];
  if (digits === undefined) throw new Error(`"${text}" names no number`);
  return Number(digits);
}

function bytesIn(text: string): number {
  const [, unit = 'B'] = /\d ?(B|kB|KiB|MB|MiB)\b/.exec(text) ?? [];
  return numberIn(text) * ({ B: 1, kB: 1e3, KiB: 1024, MB: 1e6, MiB: 1024 ** 2 }[unit] ?? 1);
}

function secondsIn(text: string): number {
  const [, unit = 's'] = /\d ?(s|m|h|d)/.exec(text) ?? [];
  const sign = /[-\u2212] ?\d/.test(text) ? -1 : 1;
  return sign * numberIn(text) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
}

const warningText = (text: string) =>
  text.replace(/^warning( text)? ?[:=]? ?/, '').replace(/^"(.*)"$/, '$1') || 'a warning';

/** Reads what is pushed beforehand: `m.image tagged v1 and v2`, `blob b.2048 (2048 bytes) in {repo}`. */
function readContent(text: string): readonly GivenContent[] {
  const special = readSpecial(text);
  if (special !== undefined) return special;
  const repository = repositoryIn(text);
  const bare = text.replace(/\([^)]*\)/g, '').replace(/with subject m\.\w+|without artifactType/g, '');
  const algorithm = /pushed by (its|their) sha512 digests?/.test(bare) ? 'sha512' : 'sha256';
  const content = bare
    .replace(/pushed by (its|their) sha(256|512) digests?/g, '')
    .replace(/\bin \{\w+\}/g, '')
    .split(/,(?! ?v?\d|[^mb]*$)|\band\b(?= *[bm]\.)/)
    .map((item) => readItem(item.trim(), repository, algorithm));
  return content;
}

function readItem(item: string, repository: string, algorithm: 'sha256' | 'sha512'): GivenContent {
  const [, needs] = /^(?:the )?blobs of (m\.\w+)$/.exec(item) ?? [];
  if (needs !== undefined) return { kind: 'needs', name: needs, repository };
  const [, name, tagged] = /^(?:blobs? )?([bm]\.\w+)(?: tagged (.+))?$/.exec(item) ?? [];
  if (name === undefined) throw new Error(`the given "${item}" is not explained`);
  const tags = tagged === undefined ? [] : tagged.split(/, ?| and /);
  return { kind: 'fixture', name, repository, tags, algorithm };
}

function readSpecial(text: string): readonly GivenContent[] | undefined {
  const repository = repositoryIn(text);
  const image = (tags: readonly string[], name = 'm.image', where = repository): GivenContent => ({
    kind: 'fixture',
    name,
    repository: where,
    tags,
    algorithm: 'sha256',
  });
  const [, list] = /^tags (.+?)(?: in \{\w+\})?$/.exec(text) ?? [];
  if (list !== undefined) return [image(tagList(list))];
  const [, count] = /^(\d+|\{repeat:\d+\}) tags( in \{\w+\})?$/.exec(text) ?? [];
  if (count !== undefined) return [image(tagList(`{repeat:${numberIn(count)}}`))];
  const [, type] = /^a referrer of type (\S+)$/.exec(text) ?? [];
  if (type !== undefined) return [image([]), image([], `m.type:${type}`)];
  // An old client's referrer comes with the fallback tag that lists it, however the text goes on.
  if (/\bm\.oldref\b/.test(text)) return [image([], 'm.image'), image([], 'm.oldref')];
  if (text === 'two repositories with a tag each') {
    return [image(['v1'], 'm.image', repositories.repo), image(['v1'], 'm.image', repositories.repo2)];
  }
  return undefined;
}

function tagList(text: string): readonly string[] {
  const [, count] = /^\{repeat:(\d+)\}$/.exec(text) ?? [];
  if (count === undefined) return text.split(', ');
  return Array.from({ length: Number(count) }, (_, index) => `t${index}`);
}

function repositoryIn(text: string): string {
  const [, name = 'repo'] = /\bin \{(\w+)\}/.exec(text) ?? [];
  const found = (repositories as Readonly<Record<string, string>>)[name];
  if (found === undefined) throw new Error(`there is no repository {${name}}`);
  return found;
}
