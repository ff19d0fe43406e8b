import type { ErrorCode } from 'yaml';

/**
 * A sentence for each mistake that the parser can find: what it is and what to do. The parser's own sentences are not
 * shown, because some repeat the text at fault, which may be a password.
 */
const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: 'an alias (*name) takes no anchor or tag of its own',
  BAD_ALIAS: 'an anchor or alias has no proper name; write it as in &name and *name',
  BAD_COLLECTION_TYPE: 'this tag does not fit what it stands before; remove it',
  BAD_DIRECTIVE: 'a line beginning with % is no directive that YAML knows; remove it',
  BAD_DQ_ESCAPE:
    'a backslash in double quotes begins no escape that YAML knows; double it, or use single quotes',
  BAD_INDENT: 'the indentation fits no mapping or list above; indent entries of one mapping or list alike',
  BAD_PROP_ORDER: 'an anchor or tag stands before the "-" or "?"; put it after',
  BAD_SCALAR_START: 'a value cannot begin with this character (@, `, %, …); put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'mapping values are not allowed here; put the value in quotes if it contains ": ", or indent the next line as its key',
  BLOCK_IN_FLOW: 'an indented mapping or list stands inside { } or [ ]; use { } and [ ] there too',
  DUPLICATE_KEY: 'a key stands twice in one mapping; keep one of them',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters; shorten it, or write it after a "?"',
  MISSING_CHAR: 'a colon, dash, comma or bracket is missing here or in the line before',
  MULTILINE_IMPLICIT_KEY:
    'a key and its ":" must stand on one line; look for a missing ":" or a wrong indentation',
  MULTIPLE_ANCHORS: 'a value has two anchors; keep one',
  MULTIPLE_DOCS: 'there is a second document (---) here, and this file takes one; remove it',
  MULTIPLE_TAGS: 'a value has two tags; keep one',
  RESOURCE_EXHAUSTION: 'the document is nested too deeply to be read',
  TAB_AS_INDENT: 'a tab is used for indentation, where YAML allows only spaces; replace it',
  TAG_RESOLVE_FAILED: 'a value does not fit its tag (!!…); remove the tag',
  UNEXPECTED_TOKEN: 'something stands here that YAML does not expect; check quotes, brackets and indentation',
};

/** One sentence about a YAML mistake, with what to do. It never repeats the text at fault. */
export function yamlProblem(code: ErrorCode, message: string): string {
  if (message.startsWith('Missing closing')) return 'YAML: a quote is opened and never closed; close it';
  if (message.startsWith('Flow '))
    return 'YAML: a [ or { is opened and never closed, or what it holds is not indented; close or indent it';
  return `YAML: ${sentences[code] ?? 'this cannot be read'}`;
}

/** A Helm template that nobody rendered: its `{{ if }}` lines are no YAML. */
export const isTemplate = (text: string): boolean => /^\s*(?:- *)?\{\{-?\s*\S/m.test(text);
