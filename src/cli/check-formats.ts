/** What `check -o` takes. */
export const checkFormats = [
  'text',
  'wide',
  'json',
  'yaml',
  'junit',
  'tap',
  'sarif',
  'github',
  'markdown',
  'har',
] as const;

export type CheckFormat = (typeof checkFormats)[number];
