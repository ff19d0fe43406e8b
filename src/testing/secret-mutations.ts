import {
  authOf,
  configText,
  entryOf,
  type Login,
  readConfig,
  withConfig,
  withData,
  withEntries,
  withKeys,
  withText,
} from './docker-config.js';
import type { Mutation, Mutations, SecretManifest } from './mutation.js';

const secret = (apply: (secret: SecretManifest) => SecretManifest): Mutation => ({ of: 'secret', apply });
const keys = (change: (key: string) => string): Mutation => secret((good) => withKeys(good, change));
const logins = (change: (login: Login) => Login): Mutation =>
  secret((good) => withEntries(good, (login) => entryOf(change(login))));
const wrongPassword = logins(({ username }) => ({ username, password: 'an-old-password' }));
const user = (username: string): Mutation => logins(({ password }) => ({ username, password }));

/** `registry.example.com:5000` of a key. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').split('/')[0] ?? '';

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** Mistakes in a pull secret, by the rule that tells them. */
export const secretMutations: Mutations = {
  REF01: secret((good) => ({ ...good, metadata: { ...good.metadata, namespace: 'another-namespace' } })),
  REF14: secret((good) => {
    const { namespace: _, ...metadata } = good.metadata ?? {};
    return { ...good, metadata };
  }),
  KUST01: secret((good) => ({
    ...good,
    metadata: { ...good.metadata, name: `${good.metadata?.name}-5h2k9mtfg4` },
  })),
  KUST02: secret((good) => ({ ...good, type: 'Opaque' })),
  HELM04: keys(() => 'old-registry.example.com'),
  HELM05: secret((good) => withData(good, encode(encode(configText(good))))),

  SEC00: secret((good) => withEntries(good, (login) => ({ ...login, username: 5 }))),
  SEC01: secret((good) => ({ ...good, type: 'Opaque' })),
  SEC02: secret((good) => withConfig(good, readConfig(good).auths)),
  SEC03: secret((good) => withText(good, configText(good), 'dockerconfigjson')),
  SEC04: secret((good) => withData(good, encode(encode(configText(good))))),
  SEC05: secret((good) => withConfig(good, { auths: JSON.stringify(readConfig(good).auths) })),
  SEC06: secret((good) => withText(good, configText(good).slice(0, -2))),
  SEC07: secret((good) =>
    withConfig(good, {
      auths: Object.fromEntries(Object.keys(readConfig(good).auths).map((key) => [key, {}])),
      credsStore: 'desktop',
    }),
  ),
  SEC08: secret((good) =>
    withConfig(good, {
      auths: {},
      credHelpers: Object.fromEntries(
        Object.keys(readConfig(good).auths).map((key) => [hostOf(key), 'ecr-login']),
      ),
    }),
  ),
  SEC09: secret((good) => withEntries(good, ({ password }) => ({ auth: encode(password) }))),
  SEC10: secret((good) =>
    withEntries(good, ({ username, password }) => ({ auth: `${username}:${password}` })),
  ),
  SEC11: secret((good) =>
    withEntries(good, (login) => ({ ...entryOf(login), auth: authOf(login.username, 'an-old-password') })),
  ),
  SEC12: secret((good) =>
    withEntries(good, ({ username, password }) => ({ auth: authOf(username, `${password}\n`) })),
  ),
  SEC13: secret((good) => withData(good, encode(configText(good)).replace(/(.{76})/, '$1 '))),
  SEC14: secret((good) => withEntries(good, ({ password }) => ({ identitytoken: password }))),
  SEC15: { of: 'earlier-secret', apply: (good) => ({ ...good, type: 'Opaque' }) },
  SEC16: {
    of: 'earlier-secret',
    apply: (good) => ({
      ...withEntries(good, ({ username }) => entryOf({ username, password: 'an-old-password' })),
      immutable: true,
    }),
  },
  SEC17: secret((good) => withEntries(good, ({ password }) => ({ auth: encode(password) }))),
  SEC18: logins(({ username }) => ({ username, password: '<password>' })),

  KEY00: keys(() => 'quay.io'),
  KEY01: keys(() => 'registry-1.docker.io'),
  KEY02: keys(() => 'https://index.docker.io/v1/'),
  KEY03: keys((key) => (/:\d+$/.test(hostOf(key)) ? hostOf(key).replace(/:\d+$/, '') : `${hostOf(key)}:443`)),
  KEY04: keys((key) => `https://${hostOf(key)}/v2`),
  KEY05: keys((key) => `oci://${hostOf(key)}`),
  KEY06: keys((key) => `${hostOf(key)}/another-team`),
  KEY07: keys((key) => (key.includes('/') ? key.slice(0, -2) : key)),
  KEY08: secret((good) => {
    const { auths } = readConfig(good);
    const stale = entryOf({ username: 'someone', password: 'an-old-password' });
    return withConfig(good, { auths: { 'docker.io': stale, ...auths } });
  }),
  KEY09: keys((key) => hostOf(key).toUpperCase()),
  KEY10: keys((key) => `*.${hostOf(key).split('.').slice(-2).join('.')}`),
  KEY11: keys(() => 'mirror.example.com'),

  CRED01: wrongPassword,
  CRED02: wrongPassword,
  CRED03: logins(({ username, password }) => ({ username: username.split('$')[0] ?? '', password })),
  CRED04: wrongPassword,
  CRED05: wrongPassword,
  CRED06: wrongPassword,
  CRED07: user('my-service-account'),
  CRED08: logins(({ username, password }) => ({ username: username.replace(/^.*[+$]/, ''), password })),
  CRED09: logins(({ username, password }) => ({ username: `${username}@example.com`, password })),
  CRED10: logins(() => ({ username: 'guest', password: 'guest-password' })),
  CRED11: wrongPassword,
  CRED12: logins(() => ({ username: 'builder', password: 'builder-password' })),
  CRED14: logins(({ username, password }) => ({ username, password: `"${password}"` })),
  CRED15: user('my-account'),
};
