import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenKeys } from '../../src/access/token-keys.js';
import { startTokenServer } from '../support/token-server.js';

const words = [
  'service',
  'mock-registry',
  'scope',
  'repository:a/b:pull',
  'repository',
  'registry:catalog:*',
  ':',
  ',',
  '*',
  ' ',
  '%',
  '%00',
  '%ff',
  '&',
  '=',
  '+',
  '?',
  '/',
  '..',
  'account',
  'client_id',
  'offline_token=true',
  'grant_type=password',
  'grant_type=refresh_token',
  'username=ann',
  'password=x',
  'refresh_token=x',
  'access_type=offline',
  '__proto__',
  'constructor',
];
const piece = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 8 }));
const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));
/** What Node lets into a request line or a header. */
const printable = (value: string) =>
  value.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
const authorization = fc.oneof(
  fc.constant(undefined),
  fc
    .tuple(fc.constantFrom('Basic ', 'basic', 'Bearer ', ''), text)
    .map(([scheme, rest]) => scheme + printable(rest)),
  text.map((value) => `Basic ${Buffer.from(value).toString('base64')}`),
);

test('any request for a token is answered, and never with a status of our own failing', async () => {
  await using server = await startTokenServer({ policy: { users: [{ name: 'ann', password: 'x' }] } });
  const agent = new Agent({ keepAlive: true });
  const send = (method: string, path: string, headers: Record<string, string>, body: string) =>
    new Promise<number>((resolve, reject) => {
      const outgoing = request(
        { agent, host: '127.0.0.1', port: server.port, method, path, headers },
        (incoming) => {
          incoming.resume();
          incoming.on('end', () => resolve(incoming.statusCode ?? 0));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST'),
        text,
        text,
        authorization,
        async (method, query, body, header) => {
          const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
          if (header !== undefined) headers.authorization = header;
          const status = await send(
            method,
            `/token?${printable(query)}`,
            headers,
            method === 'POST' ? body : '',
          );
          expect([200, 400, 401]).toContain(status);
        },
      ),
      { numRuns: 2000 },
    );
  } finally {
    agent.destroy();
  }
});

test('no text that was not signed is a token', () => {
  const now = new Date('2026-06-01T12:00:00Z');
  const keys = createTokenKeys({ now: () => now });
  const verify = keys.verifier({ issuer: 'i', service: 's' });
  const good = keys.sign({ iss: 'i', aud: 's', exp: now.getTime() / 1000 + 60 });
  expect(verify(good, now).ok).toBe(true);
  const json = fc.oneof(
    fc.json(),
    fc.constantFrom('{"alg":"ES256"}', '{"alg":"none"}', '{"x5c":[[]]}', '{"jwk":null}'),
  );
  const part = fc.oneof(
    json.map((value) => Buffer.from(value).toString('base64url')),
    fc.constantFrom(...good.split('.')),
    fc.string(),
  );
  const cut = fc.nat(good.length - 1).map((at) => good.slice(0, at) + good.slice(at + 1));
  const flip = fc
    .nat(good.length - 1)
    .map((at) => good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1));
  const parts = fc.array(part, { minLength: 1, maxLength: 4 }).map((list) => list.join('.'));
  fc.assert(
    fc.property(fc.oneof(parts, cut, flip, fc.string()), (token) => {
      fc.pre(token !== good);
      expect(verify(token, now)).toEqual({ ok: false, because: expect.any(String) });
    }),
    { numRuns: 10_000 },
  );
});
