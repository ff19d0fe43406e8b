import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccessPolicy } from '../../src/access/access-policy.js';
import { openKeyFile } from '../../src/access/key-file.js';
import type { SigningAlgorithm } from '../../src/access/signing-key.js';
import { createTokenKeys, type TokenKeys } from '../../src/access/token-keys.js';
import { createTokenVerifier } from '../../src/access/token-verifier.js';
import { createTokenHandler } from '../../src/token/token-handler.js';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { forgeToken } from '../support/forged-token.js';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { issued, newSigner, selfSigned, x5c } from '../support/signers.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';
import { writeTinyLayout } from '../support/tiny-layout.js';

const service = 'mock-registry';
const issuer = 'mock-issuer';
const now = () => new Date();
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

const users = [
  { name: 'writer', passwordHash: bcrypt.hashSync('writer-password', 4) },
  { name: 'reader', password: 'reader-password' },
  { name: 'root', password: 'root-password' },
];
const access = [
  { users: ['writer'], repositories: ['team/**', 'public/**'], actions: ['pull' as const, 'push' as const] },
  { users: ['reader'], repositories: ['team/**'], actions: ['pull' as const] },
  { users: ['root'], repositories: ['**'], actions: ['*' as const] },
];

describeWith(['docker-registry', 'skopeo', 'podman', 'curl'], 'docker-registry 2.8.2 with our tokens', () => {
  let folder: TemporaryFolder;
  let image: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    image = writeTinyLayout(join(folder.path, 'image'));
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  describe.each<SigningAlgorithm>(['ES256', 'RS256'])('signed with %s', (algorithm) => {
    let keys: TokenKeys;
    let registry: DockerRegistry;
    let authfile: string;
    const closing: (() => unknown)[] = [];

    beforeAll(async () => {
      const place = await temporaryFolder();
      const signing = openKeyFile(join(place.path, 'token.pem'), { algorithm, now: now(), random });
      keys = createTokenKeys({ signing, now });
      authfile = join(place.path, 'auth.json');
      const policy = createAccessPolicy({ users, access, now });
      const visibility = (name: string) => (name.startsWith('public/') ? 'public' : 'private');
      const handler = createTokenHandler({
        services: [{ service, registry: 'r', issuer, policy, visibility, keys }],
        now,
      });
      const server = createServer((request, response) => void handler(request, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
      registry = await startDockerRegistry({
        folder: place.path,
        realm,
        service,
        issuer,
        bundle: keys.bundlePem,
      });
      closing.push(
        () => registry[Symbol.asyncDispose](),
        () => server.close(),
        () => policy.close(),
        () => place[Symbol.asyncDispose](),
      );
    });
    afterAll(async () => {
      for (const close of closing.splice(0)) await close();
    });

    const skopeo = (...args: string[]) => runCommand('skopeo', args);
    const credentials = (user: string) => `${user}:${user}-password`;
    const copyIn = (name: string, user: string) =>
      skopeo(
        'copy',
        '--dest-tls-verify=false',
        '--dest-creds',
        credentials(user),
        image,
        `docker://${registry.host}/${name}`,
      );
    const inspect = (name: string, ...creds: string[]) =>
      skopeo('inspect', '--tls-verify=false', ...creds, `docker://${registry.host}/${name}`);
    const curl = async (path: string, token: string, ...args: string[]) => {
      const authorization = token === '' ? [] : ['-H', `Authorization: Bearer ${token}`];
      const { output } = await runCommand('curl', [
        '-s',
        '-i',
        ...authorization,
        ...args,
        `http://${registry.host}${path}`,
      ]);
      return { status: Number(output.split(' ')[1]), output };
    };
    const tokenWith = (actions: readonly string[], changes: object = {}) => {
      const seconds = Math.floor(Date.now() / 1000);
      return keys.sign({
        iss: issuer,
        sub: 'u',
        aud: service,
        exp: seconds + 300,
        nbf: seconds - 10,
        iat: seconds,
        jti: '1',
        access: [{ type: 'repository', name: 'team/app', actions }],
        ...changes,
      });
    };

    test('skopeo pushes and pulls as our users may', async () => {
      expect(await copyIn('team/app:v1', 'writer')).toMatchObject({ status: 0 });
      expect(await inspect('team/app:v1', '--creds', credentials('reader'))).toMatchObject({ status: 0 });
      expect(await copyIn('public/app:v1', 'writer')).toMatchObject({ status: 0 });
      expect(await inspect('public/app:v1', '--no-creds')).toMatchObject({ status: 0 });
    });

    test.each<[string, () => Promise<{ status: number | null; output: string }>, RegExp]>([
      ['a push without the right', () => copyIn('team/app:v2', 'reader'), /authentication required|denied/],
      ['a push elsewhere', () => copyIn('other/app:v1', 'writer'), /authentication required|denied/],
      [
        'an anonymous pull of a private image',
        () => inspect('team/app:v1', '--no-creds'),
        /authentication required|denied/,
      ],
      [
        'a pull with a wrong password',
        () => inspect('team/app:v1', '--creds', 'reader:wrong'),
        /invalid username\/password/,
      ],
      [
        'a pull of a public image with a wrong password',
        () => inspect('public/app:v1', '--creds', 'reader:wrong'),
        /invalid username\/password/,
      ],
    ])('skopeo is refused %s', async (_, run, message) => {
      const { status, output } = await run();
      expect(status).not.toBe(0);
      expect(output).toMatch(message);
    });

    test('skopeo logs in with the right password only', async () => {
      const login = (password: string) =>
        skopeo(
          'login',
          '--tls-verify=false',
          '--authfile',
          authfile,
          '-u',
          'writer',
          '-p',
          password,
          registry.host,
        );
      expect((await login('wrong')).output).toContain('invalid username/password');
      expect((await login('writer-password')).output).toContain('Login Succeeded!');
    });

    test('podman logs in, pulls, pushes, and is refused', async () => {
      const storage = join(folder.path, `podman-${algorithm}`);
      const podman = (...args: string[]) =>
        runCommand('podman', [
          '--root',
          `${storage}/root`,
          '--runroot',
          `${storage}/run`,
          '--storage-driver',
          'vfs',
          ...args,
        ]);
      writeFileSync(`${storage}-auth.json`, '{"auths":{}}');
      const remote = ['--tls-verify=false', '--authfile', `${storage}-auth.json`];
      const name = `${registry.host}/team/app`;
      const login = (user: string, password: string) =>
        podman('login', ...remote, '-u', user, '-p', password, registry.host);
      expect((await login('reader', 'wrong')).output).toContain('invalid username/password');
      expect((await podman('pull', ...remote, `${name}:v1`)).output).toMatch(
        /authentication required|denied/,
      );
      expect(await login('reader', 'reader-password')).toMatchObject({ status: 0 });
      expect(await podman('pull', ...remote, `${name}:v1`)).toMatchObject({ status: 0 });
      expect((await podman('push', ...remote, `${name}:v1`, `docker://${name}:v3`)).output).toMatch(
        /authentication required|denied/,
      );
      expect(await login('writer', 'writer-password')).toMatchObject({ status: 0 });
      expect(await podman('push', ...remote, `${name}:v1`, `docker://${name}:v3`)).toMatchObject({
        status: 0,
      });
    });

    test('without a token it answers with our realm', async () => {
      const { status, output } = await curl('/v2/', '');
      expect(status).toBe(401);
      expect(output).toMatch(
        /Www-Authenticate: Bearer realm="http:\/\/127\.0\.0\.1:\d+\/token",service="mock-registry"\r/,
      );
    });

    test('our token with pull reads what exists, and a missing tag is 404, not 401', async () => {
      const token = tokenWith(['pull']);
      const accept = ['-H', 'Accept: application/vnd.oci.image.manifest.v1+json'];
      expect((await curl('/v2/team/app/manifests/v1', token, ...accept)).status).toBe(200);
      expect((await curl('/v2/team/app/manifests/nope', token, ...accept)).status).toBe(404);
    });

    test('a token for another service or of another issuer is invalid', async () => {
      for (const changes of [{ aud: 'other' }, { iss: 'other' }, { aud: [service] }, { exp: 1 }]) {
        const { status, output } = await curl('/v2/team/app/manifests/v1', tokenWith(['pull'], changes));
        expect([status, output]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
      }
    });

    test('a token without push does not push', async () => {
      const { status, output } = await curl('/v2/team/app/blobs/uploads/', tokenWith(['pull']), '-X', 'POST');
      expect([status, output]).toEqual([401, expect.stringContaining('error="insufficient_scope"')]);
    });

    test('a certificate that is not in the bundle is not believed', async () => {
      const rotated = createTokenKeys({ now });
      const seconds = Math.floor(Date.now() / 1000);
      const token = rotated.sign({ iss: issuer, aud: service, exp: seconds + 300, access: [] });
      expect((await curl('/v2/', token)).status).toBe(401);
    });

    test('the catalog is for those who may do everything', async () => {
      const list = async (user: string) => {
        const { output } = await runCommand('curl', ['-s', '-i', `http://${registry.host}/v2/_catalog`]);
        const realm = /realm="([^"]+)"/.exec(output)?.[1];
        const url = `${realm}?service=${service}&scope=registry:catalog:*`;
        const answer = await runCommand('curl', ['-s', '-u', credentials(user), url]);
        return curl('/v2/_catalog', JSON.parse(answer.output).token);
      };
      expect((await list('root')).output).toContain('"repositories":["public/app","team/app"]');
      expect((await list('writer')).status).toBe(401);
    });
  });

  test('our verifier and docker-registry agree, token by token', async () => {
    await using place = await temporaryFolder();
    const [rsa, ec, evil, leaf, authority] = [
      newSigner('rsa'),
      newSigner('ec'),
      newSigner('rsa'),
      newSigner('ec'),
      newSigner('ec'),
    ];
    const certificates = [
      selfSigned(rsa, now()),
      selfSigned(ec, now()),
      selfSigned(authority, now(), { subject: 'root' }),
    ];
    await using registry = await startDockerRegistry({
      folder: place.path,
      realm: 'http://127.0.0.1:1/token',
      service,
      issuer,
      bundle: certificates.map(String).join(''),
    });
    const verify = createTokenVerifier({
      issuer,
      service,
      keys: [{ publicKey: rsa.publicKey }, { publicKey: ec.publicKey }, { publicKey: authority.publicKey }],
      roots: certificates,
    });
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, sub: 'u', aud: service, exp: seconds + 300, nbf: seconds - 10, access: [] };
    const leafCertificate = issued(leaf, { name: 'root', privateKey: authority.privateKey }, now());
    const expired = selfSigned(rsa, now(), { fromDay: -9, toDay: -1 });
    const tokens = {
      'RS256, libtrust kid': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims,
        key: rsa.privateKey,
      }),
      'RS512, libtrust kid': forgeToken({
        header: { alg: 'RS512', kid: rsa.libtrust },
        claims,
        key: rsa.privateKey,
      }),
      'ES256, libtrust kid': forgeToken({
        header: { alg: 'ES256', kid: ec.libtrust },
        claims,
        key: ec.privateKey,
      }),
      'PS256, libtrust kid': forgeToken({
        header: { alg: 'PS256', kid: rsa.libtrust },
        claims,
        key: rsa.privateKey,
      }),
      'x5c of the bundle': forgeToken({
        header: { alg: 'RS256', x5c: x5c(certificates[0]!) },
        claims,
        key: rsa.privateKey,
      }),
      'x5c, leaf of a CA': forgeToken({
        header: { alg: 'ES256', x5c: x5c(leafCertificate) },
        claims,
        key: leaf.privateKey,
      }),
      'x5c, leaf and CA': forgeToken({
        header: { alg: 'ES256', x5c: x5c(leafCertificate, certificates[2]!) },
        claims,
        key: leaf.privateKey,
      }),
      'x5c untrusted': forgeToken({
        header: { alg: 'RS256', x5c: x5c(selfSigned(evil, now())) },
        claims,
        key: evil.privateKey,
      }),
      'x5c expired': forgeToken({ header: { alg: 'RS256', x5c: x5c(expired) }, claims, key: rsa.privateKey }),
      'x5c swapped': forgeToken({
        header: { alg: 'RS256', x5c: x5c(certificates[0]!) },
        claims,
        key: evil.privateKey,
      }),
      'jwk without id': forgeToken({ header: { alg: 'RS256', jwk: rsa.jwk }, claims, key: rsa.privateKey }),
      'jwk of an attacker': forgeToken({
        header: { alg: 'RS256', jwk: { ...evil.jwk, kid: rsa.libtrust } },
        claims,
        key: evil.privateKey,
      }),
      'no key named': forgeToken({ header: { alg: 'RS256' }, claims, key: rsa.privateKey }),
      'alg none': forgeToken({
        header: { alg: 'none', kid: rsa.libtrust },
        claims,
        key: rsa.privateKey,
        signature: '',
      }),
      'HS256 with the certificate': forgeToken({
        header: { alg: 'HS256', kid: rsa.libtrust },
        claims,
        key: certificates[0]!.raw,
      }),
      'ES256 in DER': forgeToken({
        header: { alg: 'ES256', kid: ec.libtrust },
        claims,
        key: ec.privateKey,
        signature: 'der',
      }),
      'ES256 of zeros': forgeToken({
        header: { alg: 'ES256', kid: ec.libtrust },
        claims,
        key: ec.privateKey,
        signature: 'zeros',
      }),
      'expired 50 s ago': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { ...claims, exp: seconds - 50 },
        key: rsa.privateKey,
      }),
      'expired 70 s ago': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { ...claims, exp: seconds - 70 },
        key: rsa.privateKey,
      }),
      'valid in 50 s': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { ...claims, nbf: seconds + 50 },
        key: rsa.privateKey,
      }),
      'valid in 70 s': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { ...claims, nbf: seconds + 70 },
        key: rsa.privateKey,
      }),
      'an expiry with a fraction': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { ...claims, exp: seconds + 300.5 },
        key: rsa.privateKey,
      }),
      'an expiry as text': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { ...claims, exp: `${seconds + 300}` },
        key: rsa.privateKey,
      }),
      'no nbf, sub, access': forgeToken({
        header: { alg: 'RS256', kid: rsa.libtrust },
        claims: { iss: issuer, aud: service, exp: seconds + 300 },
        key: rsa.privateKey,
      }),
    };
    const theirs: Record<string, boolean> = {};
    const ours: Record<string, boolean> = {};
    for (const [name, token] of Object.entries(tokens)) {
      const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Authorization: Bearer ${token}`];
      theirs[name] = (await runCommand('curl', [...args, `http://${registry.host}/v2/`])).output === '200';
      ours[name] = verify(token, now()).ok;
    }
    expect(ours).toEqual(theirs);
    expect(Object.values(theirs).filter(Boolean)).toHaveLength(10);
  });
});
