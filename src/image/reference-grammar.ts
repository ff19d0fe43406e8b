/*
 * reference        = name [ ":" tag ] [ "@" digest ]
 * name             = [ domain "/" ] path-component *( "/" path-component )
 * domain           = host [ ":" 1*DIGIT ]
 * host             = domain-component *( "." domain-component ) | "[" 1*(HEX|":") "]"
 * domain-component = [A-Za-z0-9] | [A-Za-z0-9] [A-Za-z0-9-]* [A-Za-z0-9]
 * path-component   = alnum *( separator alnum )      alnum = 1*[a-z0-9]
 * separator        = "." | "_" | "__" | 1*"-"
 * tag              = [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 * digest           = algorithm ":" 32*HEX            algorithm = [A-Za-z][A-Za-z0-9]* ( [-_+.] [A-Za-z][A-Za-z0-9]* )*
 *
 * The grammar of distribution/reference 0.6. One expression for all of it would need nested repetition; here each
 * component is read once, so that the time is linear in the length of the text.
 */

/** A text that has the form of a reference, cut into its parts. Nothing is normalised or defaulted. */
export interface ParsedReference {
  /** Empty when the name has none. */
  readonly domain: string;
  readonly path: string;
  /** Empty when absent. */
  readonly tag: string;
  /** Empty when absent; its algorithm and length are not checked yet. */
  readonly digest: string;
}

/** Cuts a reference by the grammar; `undefined` when the text does not match it. */
export function matchReference(text: string): ParsedReference | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? '' : text.slice(at + 1);
  if (at >= 0 && !hasDigestForm(digest)) return undefined;
  const named = at < 0 ? text : text.slice(0, at);
  // Neither a path component nor a tag holds ":" or "/", so a colon behind the last slash starts the tag.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? '' : named.slice(colon + 1);
  if (colon >= 0 && !isTag(tag)) return undefined;
  const name = matchName(colon < 0 ? named : named.slice(0, colon));
  return name && { ...name, tag, digest };
}

/** A tag of at most 128 characters that starts with a letter, a digit or `_`. */
export function isTag(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(text);
}

/** A repository name without host: the path of a reference, and `<name>` of a registry's routes (registry.md §1). */
export function isRepositoryPath(text: string): boolean {
  return /^[a-z0-9._/-]+$/.test(text) && !misplacedInPath.test(text);
}

/** A separator or slash that does not stand between two letters or digits, and runs that are no separator. */
const misplacedInPath = /^[._/-]|[._/-]$|\/[._/-]|[._-]\/|\.\.|___|\._|_\.|[._]-|-[._]/;

function matchName(name: string): { domain: string; path: string } | undefined {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (slash >= 0 && isDomain(first) && isRepositoryPath(name.slice(slash + 1))) {
    return { domain: first, path: name.slice(slash + 1) };
  }
  return isRepositoryPath(name) ? { domain: '', path: name } : undefined;
}

function isDomain(text: string): boolean {
  if (text.startsWith('[')) return /^\[[a-fA-F0-9:]+\](:[0-9]+)?$/.test(text);
  const colon = text.indexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  return (colon < 0 || /^[0-9]+$/.test(text.slice(colon + 1))) && isHostName(host);
}

/** Components start and end with a letter or digit. */
const isHostName = (text: string) => /^[A-Za-z0-9.-]+$/.test(text) && !/^[.-]|[.-]$|\.[.-]|-\./.test(text);

function hasDigestForm(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 0 || !/^[A-Fa-f0-9]{32,}$/.test(text.slice(colon + 1))) return false;
  return text
    .slice(0, colon)
    .split(/[-_+.]/)
    .every((part) => /^[A-Za-z][A-Za-z0-9]*$/.test(part));
}
