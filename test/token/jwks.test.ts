import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createTokenKeys } from '../../src/access/token-keys.js';
import { createJwksHandler } from '../../src/token/jwks-handler.js';

test('the JWKS endpoint publishes the keys, and takes nothing', async () => {
  const keys = createTokenKeys({ now: () => new Date('2026-06-01T12:00:00Z') });
  const server = createServer(createJwksHandler(keys));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  try {
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('application/jwk-set+json');
    expect(await answer.json()).toEqual(keys.jwks);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([
      200,
      answer.headers.get('content-length'),
    ]);
    const post = await fetch(url, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
