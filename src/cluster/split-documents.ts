/** One document of a stream, cut out before it is parsed, so that a broken one costs no other. */
export interface DocumentText {
  readonly text: string;
  /** Offset in the stream. */
  readonly start: number;
  /** What kubectl says of the line that begins it, when that line is no clean separator. */
  readonly problem?: string;
}

/**
 * Cuts a stream as kubectl does (apimachinery's `YAMLReader`): at every line that begins with `---`, behind which only
 * a comment may stand. A stream of JSON objects one after another is cut between them.
 */
export function splitDocuments(text: string): readonly DocumentText[] {
  return splitAtSeparators(text).flatMap((document) =>
    looksLikeJson(document.text) ? splitJson(document) : [document],
  );
}

/** Lines end at line feeds alone here; a carriage return is white space like any other. */
const separator = /(?<=^|\n)---([^\n]*)/g;

function splitAtSeparators(text: string): readonly DocumentText[] {
  const documents: DocumentText[] = [];
  let start = text.startsWith('\ufeff') ? 1 : 0;
  let problem: string | undefined;
  const cut = (end: number) => {
    const piece = text.slice(start, end);
    if (problem !== undefined || piece.trim() !== '') {
      documents.push({ text: piece, start, ...(problem === undefined ? {} : { problem }) });
    }
  };
  for (const match of text.matchAll(separator)) {
    cut(match.index);
    start = match.index + match[0].length;
    problem = separatorProblem(match[1]?.trim() ?? '');
  }
  cut(text.length);
  return documents;
}

const separatorProblem = (rest: string): string | undefined =>
  rest === '' || rest.startsWith('#') ? undefined : `invalid Yaml document separator: ${rest}`;

const looksLikeJson = (text: string): boolean => /^\s*\{/.test(text);

/** `{…}{…}`: only when the whole text is such a row, otherwise it is left to the YAML parser. */
function splitJson(document: DocumentText): readonly DocumentText[] {
  const ends = jsonObjectEnds(document.text);
  if (ends === undefined || ends.length < 2) return [document];
  return ends.map((end, index) => {
    const from = index === 0 ? 0 : (ends[index - 1] ?? 0);
    return { text: document.text.slice(from, end), start: document.start + from };
  });
}

/** Where each object of a row ends; `undefined` when something else stands between them. */
function jsonObjectEnds(text: string): readonly number[] | undefined {
  const ends: number[] = [];
  const tokens = /["{}[\]]|[^\s"{}[\]]+/g;
  let depth = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const [token] = match;
    if (depth === 0 && token !== '{') return undefined;
    if (token === '"') tokens.lastIndex = endOfString(text, match.index);
    else if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) ends.push(match.index + 1);
  }
  return depth === 0 ? ends : undefined;
}

/** By hand: a pattern that steps over escapes runs out of stack in a string of some megabytes. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
