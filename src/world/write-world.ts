import type { WorldDraft } from './init-world.js';

/**
 * A world file from what manifests tell, with a comment wherever a person must decide.
 *
 * @param hash bcrypt: plain passwords are not written
 */
export async function writeWorld(
  { registries, promised, node }: WorldDraft,
  hash: (password: string) => Promise<string>,
): Promise<string> {
  const parts = await Promise.all(registries.map((registry) => registryLines(registry, hash)));
  const lines = [
    '# Written by "pullsim init" from manifests: the registries, repositories, tags and accounts that they take for granted.',
    '# It says what should exist, not what does. Lines with "decide" are for you.',
    'apiVersion: pullsim/v1',
    'kind: World',
    ...promised.map(promisedLine),
    registries.length === 0 ? 'registries: []' : 'registries:',
    ...parts.flat(),
    '',
    '# What a registry not listed here is: error, public (it has every image) or private (for whoever sends a credential).',
    'undeclared: error',
    ...nodeLines(node),
  ];
  return `${lines.join('\n')}\n`;
}

/** Comments stay on their line, whatever a name holds. */
const comment = (text: string): string => `# ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`;

const promisedLine = (secret: string): string =>
  comment(
    `decide: secret ${secret} is not in the files; for check write --assume-secret ${secret.split(' ')[0]}=USER@REGISTRY, where USER is one of the users below if there are any.`,
  );

type RegistryDraft = WorldDraft['registries'][number];

async function registryLines(
  { host, users, leftOut, repositories }: RegistryDraft,
  hash: (password: string) => Promise<string>,
): Promise<readonly string[]> {
  const accounts: string[] = [];
  for (const user of users) accounts.push(...userLines(user, await hash(user.password)));
  const isPrivate = repositories.some(({ visibility }) => visibility === 'private');
  const lonely = users.length === 0 && isPrivate;
  return [
    '',
    `  - host: ${quote(host)}`,
    '    auth: token',
    ...leftOut.map((why) => `    ${comment(`left out: ${why}.`)}`),
    ...(lonely
      ? [
          `    ${comment('decide: no pull secret fits this registry. Add users, or make public what everybody may pull.')}`,
        ]
      : []),
    ...(accounts.length === 0 ? [] : ['    users:', ...accounts]),
    ...(users.length === 0
      ? []
      : [
          `    ${comment('decide: without "access" every user may do everything here, as after a plain login.')}`,
        ]),
    '    repositories:',
    ...repositories.flatMap(repositoryLines),
  ];
}

const userLines = (
  { name, secret, disagreeing }: RegistryDraft['users'][number],
  passwordHash: string,
): readonly string[] => [
  ...(disagreeing.length === 0
    ? []
    : [
        `      ${comment(`decide: ${disagreeing.join(', ')} has another password for this user. Which one is right?`)}`,
      ]),
  `      ${comment(`from secret ${secret}, taken to be right`)}`,
  `      - name: ${quote(name)}`,
  `        passwordHash: ${quote(passwordHash)}`,
];

function repositoryLines({
  name,
  visibility,
  tags,
  digests,
}: RegistryDraft['repositories'][number]): readonly string[] {
  const decide = visibility === 'private' ? '    # decide: public, if everybody may pull it' : '';
  return [
    `      - name: ${quote(name)}`,
    `        visibility: ${visibility}${decide}`,
    ...(tags.length === 0 ? [] : [`        tags: { ${tags.map((tag) => `${quote(tag)}: {}`).join(', ')} }`]),
    ...(digests.length === 0
      ? []
      : ['        digests:', ...digests.map((digest) => `          - ${quote(digest)}`)]),
  ];
}

const nodeLines = ({ never, labels }: WorldDraft['node']): readonly string[] => [
  '',
  'nodes:',
  '  - name: node-1',
  '    platform: linux/amd64',
  '    kubernetesVersion: "1.36"    # decide: the version of your nodes',
  '    runtime: containerd-2.3',
  ...(labels.length === 0
    ? []
    : [
        `    ${comment('decide: pods ask for these labels; without them no node takes these pods.')}`,
        `    # labels: { ${labels.join(', ')} }`,
      ]),
  ...(never.length === 0
    ? []
    : [
        `    ${comment('decide: imagePullPolicy is Never for these; uncomment those that the nodes hold.')}`,
        '    # images:',
        ...never.map((image) => `    ${comment(`  - ${quote(image)}`)}`),
      ]),
];

/** JSON's strings are YAML's, and a tag such as 1.10 stays text. */
const quote = (text: string): string => JSON.stringify(text);
