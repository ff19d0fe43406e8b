/** What to write instead, by the end of the decoder's message. */
const advice: readonly (readonly [message: RegExp, advice: string])[] = [
  [/string into .* of type v1\.LocalObjectReference$/, 'write each entry as "- name: …"'],
  [/object into .* of type \[\]v1\.\w+$/, 'begin each entry with "- "'],
  [/illegal base64 data/, 'base64-encode the value, or write it as it is under stringData'],
  [/(?:number|bool|number \S+) into .* of type (?:string|v1\.\w+)$/, 'put the value in quotes'],
  [/string into .* of type (?:int32|int64|bool)$/, 'write the value without quotes'],
  [/string into .* of type \[\]/, 'write a list, each entry after "- "'],
  [/array into .* of type (?:v1|map)/, 'write a mapping, without "- "'],
  [/into .* of type (?:v1\.[A-Z]|map)/, 'write a mapping, its fields indented below'],
];

/** What to do about a value of the wrong type; `undefined` when the message says enough. */
export const decodingAdvice = (message: string): string | undefined =>
  advice.find(([form]) => form.test(message))?.[1];
