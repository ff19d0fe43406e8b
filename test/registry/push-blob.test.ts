import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { BlobUpload } from '../../src/registry/content-store.js';
import { createMemoryStore } from '../../src/registry/memory-store.js';
import { type Answer, send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import { layer, sha256, sha512 } from '../support/sample-image.js';
import { storeKinds } from '../support/stores.js';

const octets = { 'content-type': 'application/octet-stream' };

/** A client of one registry that pushes to team/app. */
function clientOf({ port }: MockRegistry) {
  const call = (method: string, path: string, more: Partial<Parameters<typeof send>[0]> = {}) =>
    send({ port, method, path, ...more });
  return {
    call,
    open: async (query = '') => {
      const answer = await call('POST', `/v2/team/app/blobs/uploads/${query}`);
      expect(answer.status).toBe(202);
      return String(answer.headers.location);
    },
    patch: (path: string, body: Uint8Array, range?: string) =>
      call('PATCH', path, {
        body,
        headers: { ...octets, ...(range !== undefined && { 'content-range': range }) },
      }),
    put: (path: string, digest: string, body?: Uint8Array) =>
      call('PUT', `${path}?digest=${digest}`, { headers: octets, ...(body !== undefined && { body }) }),
    get: (digest: string) => call('GET', `/v2/team/app/blobs/${digest}`),
  };
}

const outcome = ({ status, headers }: Answer) => [status, headers.range];

describe.each(storeKinds)('a blob is pushed into $kind', ({ open }) => {
  const withRegistry = async (
    use: (client: ReturnType<typeof clientOf>, registry: MockRegistry) => Promise<void>,
    host: Parameters<typeof startMockRegistry>[0] = {},
  ) => {
    await using opened = await open();
    await using registry = await startMockRegistry({ store: opened.store, ...host });
    await use(clientOf(registry), registry);
  };

  test('in one PUT, and comes back with the digest that the client used', () =>
    withRegistry(async ({ open: start, put, get }) => {
      for (const digest of [sha256(layer), sha512(layer)]) {
        const done = await put(await start(), digest, layer);
        expect(done.status).toBe(201);
        expect(done.headers).toMatchObject({
          location: `/v2/team/app/blobs/${digest}`,
          'docker-content-digest': digest,
          'content-length': '0',
        });
        const back = await get(digest);
        expect([back.body, back.headers['docker-content-digest']]).toEqual([layer, digest]);
      }
    }));

  test('in chunks, the last of them in the PUT, by either algorithm', () =>
    withRegistry(async ({ open: start, patch, call, get }) => {
      for (const [digest, query] of [
        [sha256(layer), ''],
        [sha512(layer), '?digest-algorithm=sha512'],
        [sha512(layer), ''],
      ] as const) {
        const session = await start(query);
        expect(outcome(await patch(session, layer.subarray(0, 4), '0-3'))).toEqual([202, '0-3']);
        expect(outcome(await patch(session, layer.subarray(4, 9), '4-8'))).toEqual([202, '0-8']);
        const done = await call('PUT', `${session}?digest=${digest}`, {
          body: layer.subarray(9),
          headers: { ...octets, 'content-range': '9-12' },
        });
        expect(done.status).toBe(201);
        expect((await get(digest)).body).toEqual(layer);
      }
    }));

  test('as a stream of unknown length', () =>
    withRegistry(async ({ open: start, call, put, get }) => {
      const session = await start();
      const streamed = await call('PATCH', session, { body: layer, headers: octets, chunked: true });
      expect(outcome(streamed)).toEqual([202, '0-12']);
      expect((await put(session, sha256(layer))).status).toBe(201);
      expect((await get(sha256(layer))).body).toEqual(layer);
    }));

  test('in a single POST', () =>
    withRegistry(async ({ call, get }) => {
      const path = `/v2/team/app/blobs/uploads/?digest=${encodeURIComponent(sha256(layer))}`;
      const done = await call('POST', path, { body: layer });
      expect([done.status, done.headers.location]).toEqual([201, `/v2/team/app/blobs/${sha256(layer)}`]);
      expect((await get(sha256(layer))).body).toEqual(layer);
      const wrong = await call('POST', path, { body: 'something else' });
      expect([wrong.status, wrong.codes()]).toEqual([400, ['DIGEST_INVALID']]);
    }));

  test('a chunk that does not fit is refused, and the session stays as it was', () =>
    withRegistry(async ({ open: start, patch, call, put }) => {
      const session = await start();
      await patch(session, layer.subarray(0, 4), '0-3');
      for (const range of [
        '0-3',
        '5-8',
        '3-6',
        'bytes 4-7/13',
        'a-b',
        '-4-7',
        '9-4',
        '4-99999999999999999999',
      ]) {
        const answer = await patch(session, layer.subarray(4, 8), range);
        expect([answer.status, answer.codes(), answer.headers.range], range).toEqual([
          416,
          ['RANGE_INVALID'],
          '0-3',
        ]);
      }
      for (const range of ['4-6', '4-8']) {
        const answer = await patch(session, layer.subarray(4, 8), range);
        expect([answer.status, answer.codes()], range).toEqual([400, ['SIZE_INVALID']]);
        const streamed = await call('PATCH', session, {
          body: layer.subarray(4, 8),
          headers: { ...octets, 'content-range': range },
          chunked: true,
        });
        expect([streamed.status, streamed.codes()], `streamed ${range}`).toEqual([400, ['SIZE_INVALID']]);
      }
      expect(outcome(await call('GET', session))).toEqual([204, '0-3']);
      const gap = await call('PUT', `${session}?digest=${sha256(layer)}`, {
        body: layer.subarray(8),
        headers: { ...octets, 'content-range': '8-12' },
      });
      expect(outcome(gap)).toEqual([416, '0-3']);
      expect((await put(session, sha256(layer), layer.subarray(4))).status).toBe(201);
    }));

  test('a wrong digest stores nothing and closes the session', () =>
    withRegistry(async ({ open: start, put, get, call }) => {
      const session = await start();
      const wrong = await put(session, sha256('something else'), layer);
      expect([wrong.status, wrong.codes()]).toEqual([400, ['DIGEST_INVALID']]);
      expect((await get(sha256('something else'))).status).toBe(404);
      expect((await get(sha256(layer))).status).toBe(404);
      expect((await call('GET', session)).codes()).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    }));

  test('a digest that is missing, malformed or given twice is refused, and the session stays', () =>
    withRegistry(async ({ open: start, call, put }) => {
      const session = await start();
      for (const [query, detail] of [
        ['', 'digest missing'],
        ['?digest=sha256:zz', 'digest parsing failed'],
        ['?digest=md5:d41d8cd98f00b204e9800998ecf8427e', 'digest parsing failed'],
        [`?digest=${sha256(layer)}&digest=${sha256('x')}`, 'digest given more than once'],
      ]) {
        const answer = await call('PUT', `${session}${query}`, { body: layer });
        expect(answer.status).toBe(400);
        expect(answer.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID', detail }] });
      }
      const algorithm = await call('POST', '/v2/team/app/blobs/uploads/?digest-algorithm=md5');
      expect([algorithm.status, algorithm.codes()]).toEqual([400, ['DIGEST_INVALID']]);
      expect((await put(session, sha256(layer), layer)).status).toBe(201);
    }));

  test('a session is asked for, cancelled, and gone afterwards', () =>
    withRegistry(async ({ open: start, call, patch, put }) => {
      const session = await start();
      expect(outcome(await call('GET', session))).toEqual([204, '0-0']);
      const cancelled = await call('DELETE', session);
      expect([cancelled.status, cancelled.headers['content-length']]).toEqual([204, undefined]);
      for (const again of [
        await call('GET', session),
        await call('DELETE', session),
        await patch(session, layer),
        await put(session, sha256(layer), layer),
      ]) {
        expect([again.status, again.codes()]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']]);
      }
    }));

  test('after a cut connection the session tells what arrived, and the push goes on from there', () =>
    withRegistry(async ({ open: start, call, patch, put }, registry) => {
      const session = await start();
      const arrived = 1 + (await sendHalf(registry, session, layer.subarray(0, 5)));
      const rest = await patch(session, layer.subarray(arrived), `${arrived}-12`);
      expect(rest.status).toBe(202);
      expect((await put(session, sha256(layer))).status).toBe(201);
      expect((await call('GET', `/v2/team/app/blobs/${sha256(layer)}`)).body).toEqual(layer);
      expect(registry.journal).toContainEqual(
        expect.objectContaining({ status: 499, because: expect.stringContaining('closed the connection') }),
      );
    }));

  test('of two PUTs at once exactly one makes the blob', () =>
    withRegistry(async ({ open: start, put, patch, get }) => {
      const session = await start();
      await patch(session, layer);
      const both = await Promise.all([put(session, sha256(layer)), put(session, sha256(layer))]);
      expect(both.map(({ status }) => status).sort()).toEqual([201, 404]);
      expect((await get(sha256(layer))).body).toEqual(layer);
    }));

  test('a blob larger than the limit is refused while it comes, announced or not', () =>
    withRegistry(
      async ({ open: start, call, get }) => {
        for (const chunked of [false, true]) {
          const session = await start();
          const answer = await call('PATCH', session, { body: layer, headers: octets, chunked });
          expect([answer.status, answer.codes()]).toEqual([413, ['SIZE_INVALID']]);
        }
        expect((await get(sha256(layer))).status).toBe(404);
      },
      { host: { limits: { blobBytes: layer.length - 1 } } },
    ));
});

/** Promises 1000 bytes, sends some, breaks off; waits until the server has noticed. Returns the session's last byte. */
async function sendHalf(registry: MockRegistry, session: string, body: Uint8Array): Promise<number> {
  const noticed = registry.nextEntry(({ status }) => status === 499);
  const socket = connect(registry.port, '127.0.0.1');
  const head = `PATCH ${session} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n`;
  socket.write(head);
  socket.end(body);
  socket.resume();
  await noticed;
  const { headers } = await send({ port: registry.port, path: session });
  return Number(String(headers.range).split('-')[1]);
}

describe('an upload session', () => {
  test('survives a disk that refuses its blob, and can be finished when it no longer does', async () => {
    const store = createMemoryStore();
    let refuses = true;
    const startUpload = () => {
      const upload = store.startUpload() as BlobUpload;
      const commit: BlobUpload['commit'] = (repository, digest) => {
        if (refuses) throw new Error('no space left on device');
        return upload.commit(repository, digest);
      };
      return Object.create(upload, { commit: { value: commit } }) as BlobUpload;
    };
    const errors: unknown[] = [];
    await using registry = await startMockRegistry({
      store: { ...store, startUpload },
      onError: (error) => errors.push(error),
    });
    const { open, patch, put } = clientOf(registry);
    const session = await open();
    await patch(session, layer);
    expect((await put(session, sha256(layer))).status).toBe(500);
    expect(errors.map(String)).toEqual(['Error: no space left on device']);
    refuses = false;
    expect((await put(session, sha256(layer))).status).toBe(201);
  });

  test('has a location that cannot be guessed, and that keeps the query by which the registry was chosen', async () => {
    await using registry = await startMockRegistry();
    const { call } = clientOf(registry);
    const first = await call('POST', '/v2/team/app/blobs/uploads/');
    const second = await call('POST', '/v2/team/app/blobs/uploads?ns=registry.example');
    const id = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
    expect(first.headers.location).toMatch(new RegExp(`^/v2/team/app/blobs/uploads/${id}$`));
    expect(second.headers.location).toMatch(
      new RegExp(`^/v2/team/app/blobs/uploads/${id}\\?ns=registry.example$`),
    );
    expect(first.headers['docker-upload-uuid']).toBe(String(first.headers.location).split('/').at(-1));
    expect(first.headers.range).toBeUndefined();
  });

  test('expires when nobody touches it for an hour', async () => {
    let now = new Date('2026-01-02T03:04:05Z');
    await using registry = await startMockRegistry({ now: () => now });
    const { call, open } = clientOf(registry);
    const session = await open();
    now = new Date('2026-01-02T04:04:00Z');
    expect((await call('GET', session)).status).toBe(204);
    now = new Date('2026-01-02T05:04:00Z');
    expect((await call('GET', session)).status).toBe(204);
    now = new Date('2026-01-02T06:04:01Z');
    expect((await call('GET', session)).codes()).toEqual(['BLOB_UPLOAD_UNKNOWN']);
  });

  test('is limited in number per user, and makes room when one ends', async () => {
    await using registry = await startMockRegistry({
      auth: 'token',
      users: {},
      host: { limits: { openUploads: 2 } },
    });
    const post = (user: string) => {
      const authorization = `Bearer ${registry.token({ 'team/app': ['pull', 'push'] }, user)}`;
      return send({
        port: registry.port,
        method: 'POST',
        path: '/v2/team/app/blobs/uploads/',
        headers: { authorization },
      });
    };
    const first = await post('alice');
    expect([first.status, (await post('alice')).status]).toEqual([202, 202]);
    const third = await post('alice');
    expect([third.status, third.codes(), third.headers['retry-after']]).toEqual([
      429,
      ['TOOMANYREQUESTS'],
      '60',
    ]);
    expect((await post('bob')).status).toBe(202);
    const authorization = `Bearer ${registry.token({ 'team/app': ['pull', 'push'] }, 'alice')}`;
    await send({
      port: registry.port,
      method: 'DELETE',
      path: String(first.headers.location),
      headers: { authorization },
    });
    expect((await post('alice')).status).toBe(202);
  });

  test('announces its smallest chunk, and takes a shorter one only as the last', async () => {
    await using registry = await startMockRegistry({ host: { chunkMinBytes: 6 } });
    const { call, patch, put } = clientOf(registry);
    const opened = await call('POST', '/v2/team/app/blobs/uploads/');
    expect(opened.headers['oci-chunk-min-length']).toBe('6');
    const session = String(opened.headers.location);
    expect((await patch(session, layer.subarray(0, 6), '0-5')).status).toBe(202);
    expect((await patch(session, layer.subarray(6, 8), '6-7')).status).toBe(202);
    const next = await patch(session, layer.subarray(8, 13), '8-12');
    expect([next.status, next.codes()]).toEqual([400, ['SIZE_INVALID']]);
    expect((await put(session, sha256(layer.subarray(0, 8)))).status).toBe(201);
  });

  test('can be kept from being cancelled, and from naming an algorithm', async () => {
    await using registry = await startMockRegistry({
      host: { extras: { uploadCancel: false, digestAlgorithm: false } },
    });
    const { call, open } = clientOf(registry);
    const session = await open('?digest-algorithm=md5');
    const answer = await call('DELETE', session);
    expect([answer.status, answer.codes()]).toEqual([405, ['UNSUPPORTED']]);
    expect((await call('GET', session)).status).toBe(204);
  });
});
