import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContainerd } from '../../src/runtime/containerd.js';
import { createImageStore } from '../../src/runtime/image-store.js';
import type { AuthConfig, PullResult, Runtime } from '../../src/runtime/pull.js';
import { imageOf } from '../support/probe/images.js';
import {
  type HostAnswer,
  type HostRequest,
  type HostScript,
  type ScriptedHost,
  serving,
  startScriptedHost,
} from '../support/scripted-host.js';

const image = imageOf('authorization');
const name = 'registry.example.com/team/app:v1';
const alice: AuthConfig = { username: 'alice', password: 'secret' };
const platform = { os: 'linux', architecture: 'amd64' };

let host: ScriptedHost;
let runtime: Runtime;
let clock: Date;

beforeAll(async () => {
  host = await startScriptedHost();
  const now = () => clock;
  runtime = createContainerd({
    release: 'containerd-2.3',
    platform,
    dial: host.dial,
    now,
    sleep: async () => {},
  });
});
afterAll(async () => {
  runtime.close();
  await host.close();
});

function pull(script: HostScript, auth: AuthConfig | null = null): Promise<PullResult> {
  clock = new Date('2026-11-23T12:00:00Z');
  host.play(script);
  return runtime.withStore(createImageStore()).pull(name, { auth });
}

/** A registry that wants a token, and a token server that answers as told. */
function guarded(
  challenge: string | readonly string[],
  onToken: (request: HostRequest) => HostAnswer,
  isGood = (authorization: string) => authorization.startsWith('Bearer good'),
): HostScript {
  return (request) => {
    if (request.host === 'auth.example.com') return onToken(request);
    if (isGood(request.headers.authorization ?? '')) return serving(image)(request);
    return { status: 401, headers: { 'www-authenticate': challenge } };
  };
}

const json = (value: unknown, status = 200): HostAnswer => ({ status, body: JSON.stringify(value) });
const bearer = 'Bearer realm="https://auth.example.com/token",service="s"';
const toTokenServer = () => host.requests.filter((request) => request.host === 'auth.example.com');

describe('an anonymous token', () => {
  test('is asked for with its own scope, those of the challenge, each once, sorted as strings', async () => {
    const challenge = `${bearer},scope="repository:team/app:pull,push registry:catalog:* repository:team/app:pull"`;
    const result = await pull(guarded(challenge, () => json({ token: 'good' })));
    expect(result.ok).toBe(true);
    expect(toTokenServer()[0]?.path).toBe(
      '/token?scope=registry%3Acatalog%3A%2A&scope=repository%3Ateam%2Fapp%3Apull&scope=repository%3Ateam%2Fapp%3Apull%2Cpush&service=s',
    );
  });

  test('keeps the query of the realm, and leaves out a service that nobody named', async () => {
    const challenge = 'Bearer realm="https://auth.example.com/token?tenant=1"';
    await pull(guarded(challenge, () => json({ token: 'good' })));
    expect(toTokenServer()[0]?.path).toBe('/token?scope=repository%3Ateam%2Fapp%3Apull&tenant=1');
  });

  test('may be called access_token, and that counts more than token', async () => {
    expect((await pull(guarded(bearer, () => json({ token: 'bad', access_token: 'good' })))).ok).toBe(true);
  });

  test('is fetched once for resolving and once for fetching', async () => {
    await pull(guarded(bearer, () => json({ token: 'good' })));
    expect(
      host.lines.map((line) =>
        line
          .replace(/sha256:\w+/, 'D')
          .split(' ')
          .slice(0, 2)
          .join(' '),
      ),
    ).toEqual([
      'HEAD registry.example.com/v2/team/app/manifests/v1',
      'GET auth.example.com/token?scope=repository%3Ateam%2Fapp%3Apull&service=s',
      'HEAD registry.example.com/v2/team/app/manifests/v1',
      'GET registry.example.com/v2/team/app/manifests/D',
      'GET auth.example.com/token?scope=repository%3Ateam%2Fapp%3Apull&service=s',
      'GET registry.example.com/v2/team/app/manifests/D',
      'GET registry.example.com/v2/team/app/blobs/D',
      'GET registry.example.com/v2/team/app/blobs/D',
    ]);
  });

  test('that has expired is renewed before it is sent', async () => {
    const script = guarded(bearer, ({ nth }) => json({ token: `good${nth}`, expires_in: 60 }));
    await pull((request) => {
      if (request.path.includes('/blobs/')) clock = new Date(clock.getTime() + 61_000);
      return script(request);
    });
    expect(toTokenServer()).toHaveLength(3);
    const blobs = host.requests.filter(({ path }) => path.includes('/blobs/'));
    expect(blobs.map(({ headers }) => headers.authorization)).toEqual(['Bearer good2', 'Bearer good3']);
  });

  test('without expires_in is good as long as the pull lasts', async () => {
    const script = guarded(bearer, () => json({ token: 'good' }));
    await pull((request) => {
      clock = new Date(clock.getTime() + 86_400_000);
      return script(request);
    });
    expect(toTokenServer()).toHaveLength(2);
  });
});

describe('a token for a password', () => {
  test('is posted for as a form in alphabetical order', async () => {
    const challenge = `${bearer},scope="repository:team/app:pull a:b:c"`;
    await pull(
      guarded(challenge, () => json({ access_token: 'good' })),
      alice,
    );
    const [post] = toTokenServer();
    expect(post?.method).toBe('POST');
    expect(post?.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=utf-8');
    expect(post?.body).toBe(
      'client_id=containerd-client&grant_type=password&password=secret&scope=a%3Ab%3Ac+repository%3Ateam%2Fapp%3Apull&service=s&username=alice',
    );
  });

  test('with an identity token is a refresh grant, and service is sent even when it is empty', async () => {
    await pull(
      guarded('Bearer realm="https://auth.example.com/token"', () => json({ access_token: 'good' })),
      { identityToken: 'refresh' },
    );
    expect(toTokenServer()[0]?.body).toBe(
      'client_id=containerd-client&grant_type=refresh_token&refresh_token=refresh&scope=repository%3Ateam%2Fapp%3Apull&service=',
    );
  });

  test.each([400, 401, 404, 405])(
    'is asked for by GET with Basic where the POST is answered %i',
    async (status) => {
      const result = await pull(
        guarded(bearer, ({ method }) => (method === 'POST' ? { status } : json({ token: 'good' }))),
        alice,
      );
      expect(result.ok).toBe(true);
      const [, get] = toTokenServer();
      expect(get?.method).toBe('GET');
      expect(get?.headers.authorization).toBe(`Basic ${Buffer.from('alice:secret').toString('base64')}`);
    },
  );

  test('with an identity token is not asked for by GET where the POST is answered 405', async () => {
    const result = await pull(
      guarded(bearer, () => ({ status: 405 })),
      { identityToken: 'refresh' },
    );
    expect(toTokenServer().map(({ method }) => method)).toEqual(['POST']);
    expect(result).toMatchObject({
      description: expect.stringContaining(
        'failed to fetch oauth token: unexpected status from POST request to https://auth.example.com/token: 405 Method Not Allowed',
      ),
    });
  });

  test.each([403, 429, 500])('is given up where the POST is answered %i', async (status) => {
    await pull(
      guarded(bearer, () => ({ status })),
      alice,
    );
    expect(toTokenServer()).toHaveLength(1);
  });

  test('must be called access_token in the answer to a POST', async () => {
    const result = await pull(
      guarded(bearer, () => json({ token: 'good' })),
      alice,
    );
    expect(result).toMatchObject({
      description: expect.stringContaining(
        'failed to authorize: failed to fetch oauth token: authorization server did not include a token in the response',
      ),
      failure: { kind: 'token-refused', status: null, anonymous: false },
    });
  });

  test('is not used without a password: that is anonymous', async () => {
    await pull(
      guarded(bearer, () => json({ token: 'good' })),
      { username: 'alice' },
    );
    const [get] = toTokenServer();
    expect([get?.method, get?.headers.authorization]).toEqual(['GET', undefined]);
  });

  test('is not used without a password, and its refusal is one of an anonymous pull', async () => {
    const result = await pull(
      guarded(bearer, () => json({ token: 'bad' })),
      { username: 'alice' },
    );
    expect(result).toMatchObject({ ok: false, failure: { anonymous: true } });
  });
});

describe('challenges', () => {
  test('Bearer comes before Basic when both have lines of their own', async () => {
    await pull(
      guarded(['Basic realm="r"', bearer], () => json({ access_token: 'good' })),
      alice,
    );
    expect(toTokenServer()).toHaveLength(2);
  });

  test('only the first challenge of a line is seen', async () => {
    const isGood = (authorization: string) => authorization.startsWith('Basic');
    const script = guarded(`Basic realm="r", ${bearer}`, () => json({ access_token: 'good' }), isGood);
    expect((await pull(script, alice)).ok).toBe(true);
    expect(toTokenServer()).toHaveLength(0);
  });

  test('Digest and unknown schemes are no use: the 401 is the result, after one try', async () => {
    const result = await pull(
      guarded(['Digest realm="r"', 'Negotiate'], () => json({})),
      alice,
    );
    expect(host.requests).toHaveLength(1);
    expect(result).toMatchObject({
      ok: false,
      description: expect.stringMatching(/: 401 Unauthorized$/),
      failure: { kind: 'status', status: 401, anonymous: false },
    });
  });

  test('a wrong Basic password is tried until the tries are used up', async () => {
    await pull(
      guarded(
        'Basic realm="r"',
        () => json({}),
        () => false,
      ),
      alice,
    );
    expect(host.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      ...Array(4).fill(`Basic ${Buffer.from('alice:secret').toString('base64')}`),
    ]);
  });

  test('a realm that is no URL is an error in the words of Go', async () => {
    const result = await pull(guarded('Bearer realm="https://auth.example.com:x/token"', () => json({})));
    expect(result).toMatchObject({
      description: expect.stringContaining(
        'invalid token auth challenge realm: parse "https://auth.example.com:x/token": invalid port ":x" after host',
      ),
    });
  });

  test('Basic without credentials says so', async () => {
    expect(await pull(guarded('Basic realm="r"', () => json({})))).toMatchObject({
      description: expect.stringContaining(
        'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
      ),
      failure: { kind: 'no-basic-credentials', host: 'registry.example.com' },
    });
  });

  test('a refused token is renewed once for each request, and refused again it is an error', async () => {
    const refusing = `${bearer},error="invalid_token"`;
    const result = await pull(guarded(refusing, () => json({ token: 'bad' })));
    expect(host.lines.map((line) => line.split(' ')[0])).toEqual(['HEAD', 'GET', 'HEAD']);
    expect(result).toMatchObject({
      description: expect.stringContaining('server message: invalid_token: authorization failed'),
      failure: { kind: 'insufficient-scope', error: 'invalid_token', anonymous: true },
    });
  });
});

describe('what is told about credentials', () => {
  test('nowhere is a secret', async () => {
    const secret = 'c0rrect-h0rse';
    for (const auth of [{ username: 'alice', password: secret }, { identityToken: secret }]) {
      for (const onToken of [() => json({ access_token: 'good-t0ken' }), () => ({ status: 401 })]) {
        const result = await pull(guarded(bearer, onToken), auth);
        expect(JSON.stringify(result)).not.toMatch(/c0rrect-h0rse|good-t0ken|YWxpY2U6/);
      }
    }
  });

  test('the exchanges say which kind was sent', async () => {
    const { exchanges } = await pull(
      guarded(bearer, () => json({ access_token: 'good' })),
      alice,
    );
    expect(exchanges.slice(0, 3).map(({ method, authorization }) => `${method} ${authorization}`)).toEqual([
      'HEAD none',
      'POST password alice:***',
      'HEAD Bearer ***',
    ]);
  });
});
