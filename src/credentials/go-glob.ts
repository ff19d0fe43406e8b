import type { ByteString } from './byte-string.js';

/** A pattern that Go's `filepath.Match` calls malformed: an open class, a dangling `-` or backslash. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern';
  constructor() {
    super('syntax error in pattern');
  }
}

/** True when the pattern may match something else than itself. */
export function isGlob(pattern: ByteString): boolean {
  return /[*?[\\]/.test(pattern);
}

/**
 * Go's `filepath.Match` for one host label (kubelet.md §2.5). In practice only `*` gets here, because `?` starts a URL's
 * query and `[` or `\` stand in no host, except around IPv6 addresses: those are read as a character class and so never
 * match themselves.
 *
 * @throws {@link BadPattern} when reading came as far as the mistake
 */
export function matchGlob(pattern: ByteString, name: ByteString): boolean {
  let restPattern = pattern;
  let rest = name;
  while (restPattern !== '') {
    const stars = /^\*+/.exec(restPattern)?.[0].length ?? 0;
    const chunk = chunkAt(restPattern, stars);
    restPattern = restPattern.slice(stars + chunk.length);
    if (stars > 0 && chunk === '') return true;
    const behind = matchChunk(chunk, rest, restPattern === '', stars > 0);
    if (behind === undefined) return false;
    rest = behind;
  }
  return rest === '';
}

/** The pattern up to the next star outside of a class. */
function chunkAt(pattern: ByteString, start: number): ByteString {
  let inClass = false;
  let at = start;
  for (; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '*' && !inClass) break;
  }
  return pattern.slice(start, at);
}

/** What is left of the name behind the chunk: at its start, or behind a star anywhere; the last chunk takes all. */
function matchChunk(
  chunk: ByteString,
  name: ByteString,
  isLast: boolean,
  floats: boolean,
): ByteString | undefined {
  const furthest = floats ? name.length : 0;
  for (let skipped = 0; skipped <= furthest; skipped += 1) {
    const rest = matchHere(chunk, name.slice(skipped));
    if (rest !== undefined && (rest === '' || !isLast)) return rest;
  }
  return undefined;
}

/** The whole chunk is read even after it failed, so that a malformed one is noticed. */
function matchHere(chunk: ByteString, name: ByteString): ByteString | undefined {
  let rest: ByteString | undefined = name;
  let at = 0;
  while (at < chunk.length) {
    const character = chunk.charAt(at);
    const current: string = rest?.charAt(0) ?? '';
    if (character === '[') {
      const { matches, end } = matchClass(chunk, at + 1, current);
      rest = matches && current !== '' ? rest?.slice(1) : undefined;
      at = end;
      continue;
    }
    if (character === '\\') at += 1;
    const literal = chunk[at];
    if (literal === undefined) throw new BadPattern();
    rest = current !== '' && (character === '?' || literal === current) ? rest?.slice(1) : undefined;
    at += 1;
  }
  return rest;
}

function matchClass(chunk: ByteString, start: number, character: string): { matches: boolean; end: number } {
  const negated = chunk[start] === '^';
  let at = negated ? start + 1 : start;
  let found = false;
  for (let ranges = 0; chunk[at] !== ']' || ranges === 0; ranges += 1) {
    const low = classCharacter(chunk, at);
    const high = chunk[low.end] === '-' ? classCharacter(chunk, low.end + 1) : low;
    found ||= low.value <= character && character <= high.value;
    at = high.end;
  }
  return { matches: found !== negated, end: at + 1 };
}

function classCharacter(chunk: ByteString, start: number): { value: string; end: number } {
  const at = chunk[start] === '\\' ? start + 1 : start;
  const value = chunk[at];
  const isBare = at === start && (value === '-' || value === ']');
  // A class that ends with the chunk has no closing bracket.
  if (value === undefined || isBare || at + 1 >= chunk.length) throw new BadPattern();
  return { value, end: at + 1 };
}
