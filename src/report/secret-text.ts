import type { EntryInspection, SecretInspection } from '../diagnosis/inspect-secret.js';

/** What there is to know of secrets, for people. */
export const renderSecrets = (secrets: readonly SecretInspection[]): string =>
  secrets.map((secret) => `${secretLines(secret).join('\n')}\n`).join('\n');

function secretLines(secret: SecretInspection): readonly string[] {
  const { namespace, name, type, source, keys, used, problems, entries } = secret;
  return [
    `${used && problems.length === 0 ? '✓' : '✗'} ${namespace}/${name}   ${type}   ${source.file}:${source.line}`,
    `  keys     ${keys.length === 0 ? '(none)' : keys.join(', ')}`,
    ...problems.map((problem) => `  problem  ${problem}`),
    ...entries.flatMap(entryLines),
  ];
}

const entryLines = ({ key, username, problems, images }: EntryInspection): readonly string[] => [
  `  entry    ${key === '' ? '(empty key)' : key}   user ${username === '' ? '(none)' : username}`,
  ...problems.map((problem) => `           ! ${problem}`),
  ...images.map(({ image, serves, because }) => `           ${serves ? '✓' : '✗'} ${image}: ${because}`),
];
