import type { RunningTokenServer, ServedTokens } from '../world/serve-tokens.js';

/** What `serve --token-only` prints: the configuration that each registry needs, to paste. */
export function describeTokenServer(
  { url, jwksUrl, services }: RunningTokenServer,
  header: 'certificate' | 'key-id',
): string {
  const count = services.length === 1 ? '1 registry' : `${services.length} registries`;
  return [
    `pullsim issues tokens for ${count} at ${url}/token (keys: ${jwksUrl})`,
    '',
    ...services.flatMap((service) => (header === 'certificate' ? bundleForm(service) : jwksForm(service))),
    'Registries read keys at start only: restart them when the key changes. Stop with Ctrl-C.',
    '',
  ].join('\n');
}

/** Tokens with `x5c` and libtrust `kid`: docker-registry 2.x and distribution 3.x believe them by the bundle. */
const bundleForm = ({ host, realm, service, issuer, bundleFile }: ServedTokens): string[] => [
  `${host}: config.yml of docker-registry 2.x or distribution 3.x`,
  '  auth:',
  '    token:',
  `      realm: ${realm}`,
  `      service: ${JSON.stringify(service)}`,
  `      issuer: ${issuer}`,
  bundleFile === undefined
    ? '      # its "signingKey" has no certificate: add one to the key file, or use --token-header key-id'
    : `      rootcertbundle: ${bundleFile}`,
  '',
];

/** Tokens with a `kid` alone: distribution 3.x with a JWKS and no bundle refuses those that have `x5c`. */
const jwksForm = ({ host, realm, service, issuer, jwksFile, algorithm }: ServedTokens): string[] => [
  `${host}: config.yml of distribution 3.x`,
  '  auth:',
  '    token:',
  `      realm: ${realm}`,
  `      service: ${JSON.stringify(service)}`,
  `      issuer: ${issuer}`,
  `      jwks: ${jwksFile}`,
  `      signingalgorithms: [${algorithm}]`,
  '',
];
