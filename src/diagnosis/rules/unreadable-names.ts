import { links } from '../links.js';
import { type ImageCase, locateImage } from '../pod-case.js';
import { nothing, type Rule } from '../rule.js';

interface UnreadableText {
  readonly title: string;
  readonly why: string;
  readonly applies: (facts: ImageCase['facts']) => boolean;
  /** Completes `"…" …`. */
  readonly tell: string | ((image: string) => string);
  readonly fix: (facts: ImageCase['facts']) => string;
}

/** A rule about a name that the kubelet refuses to read. */
export function unreadable(id: string, refines: readonly string[], text: UnreadableText): Rule {
  const { title, why, applies, tell, fix } = text;
  return {
    id,
    title,
    severity: 'error',
    why,
    refines: id === 'NAME00' ? [] : ['NAME00', ...refines],
    links: [links.imageNames],
    about: 'image',
    on: ['invalid-name'],
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

/** The name with its repository in lower case; host and tag keep theirs. */
export function lowerCasePath(image: string): string {
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
export function formProblem(image: string): string | undefined {
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

export function formFix(image: string): string {
  const plus = /\+[^/]*$/.test(image) ? imageLine(image.replaceAll('+', '-')) : undefined;
  return plus === undefined ? 'write it as host/repository:tag' : `${plus}   # push it under that tag`;
}

export const imageLine = (image: string): string => `image: ${image}`;
