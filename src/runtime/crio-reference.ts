import { goQuote } from '../image/go-quote.js';
import {
  InvalidReference,
  parseRuntimeReference,
  type RuntimeReference,
  trimImageTagDigest,
} from '../image/reference.js';
import type { CrioProfile } from '../versions/crio.js';
import { PullError } from './pull-error.js';
import type { RegistriesConf } from './registries-conf.js';

/**
 * The images that a name may stand for, in the order in which they are pulled (containers/image `shortnames`): a name whose
 * first part is no host is looked for in the aliases and then in the unqualified-search registries.
 *
 * @throws {@link PullError}
 */
export function pullCandidates(
  image: string,
  conf: RegistriesConf,
  { ambiguousShortNames }: CrioProfile,
): readonly RuntimeReference[] {
  const name = nameOf(image);
  const [host = ''] = name.split('/', 1);
  if (name.includes('/') && (/[.:]/.test(host) || host === 'localhost')) {
    return [parse(image, `cannot normalize input: ${goQuote(image)}: `)];
  }
  const alias = Object.hasOwn(conf.aliases, name) ? conf.aliases[name] : undefined;
  if (alias !== undefined) return [parse(`${alias}${image.slice(name.length)}`, '')];
  if (conf.unqualifiedSearch.length === 0) {
    throw invalid(
      `short-name ${goQuote(image)} did not resolve to an alias and no unqualified-search registries are defined in ${goQuote(conf.path)}`,
    );
  }
  if (conf.unqualifiedSearch.length > 1 && ambiguousShortNames === 'refused') {
    throw invalid(`short name mode is enforcing, but image name ${image} returns ambiguous list`);
  }
  return conf.unqualifiedSearch.map((registry) =>
    parse(
      `${registry}/${image}`,
      `creating reference with unqualified-search registry ${goQuote(registry)}: `,
    ),
  );
}

/** `docker://hubpriv:latest`: what containers/image calls an image in its texts. */
export const transportName = ({ host, path, name }: RuntimeReference): string =>
  host === 'docker.io'
    ? `docker://${path.replace(/^library\/(?=[^/]+$)/, '')}${name.slice(`${host}/${path}`.length)}`
    : `docker://${name}`;

function nameOf(image: string): string {
  try {
    return trimImageTagDigest(image);
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    throw invalid(`cannot parse input: ${goQuote(image)}: ${error.message}`);
  }
}

function parse(image: string, prefix: string): RuntimeReference {
  try {
    return parseRuntimeReference(image);
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    // containers/image does not name the repository.
    const reason = error.message.replace(/repository name \(.*\) must/, 'repository name must');
    throw invalid(`${prefix}${reason}`);
  }
}

const invalid = (text: string) => new PullError(text, { kind: 'invalid-reference' });
