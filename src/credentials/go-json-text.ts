const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Control characters, what would be dangerous in HTML or JavaScript, and lone surrogates (stray bytes). */
const escaped = /["\\\u0000-\u001f<>&\u2028\u2029]|\p{Surrogate}/gu;

/**
 * A string as Go's `json.Marshal` writes it: `<`, `>` and `&` escaped for HTML, stray bytes as the six characters
 * `\ufffd` (kubelet.md §2.9).
 */
export function goJsonString(text: string): string {
  return `"${text.replace(escaped, escapeCharacter)}"`;
}

/** An object with the members that are not empty, in the order given: Go's `omitempty`. */
export function goJsonObject(members: readonly (readonly [name: string, value: string])[]): string {
  const written = members.filter(([, value]) => value !== '');
  return `{${written.map(([name, value]) => `${goJsonString(name)}:${goJsonString(value)}`).join(',')}}`;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return shortEscapes[character] ?? `\\u${code.toString(16).padStart(4, '0')}`;
}
