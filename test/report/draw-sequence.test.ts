import { expect, test } from 'vitest';
import { drawSequence } from '../../src/report/draw-sequence.js';

test('one column per host, one arrow per request and answer', () => {
  const lines = drawSequence('node-1', [
    { method: 'GET', url: 'https://reg.io/v2/a/manifests/1', status: 401, authorization: 'none' },
    { method: 'POST', url: 'https://auth.io/token', status: 200, authorization: 'password ci:***' },
  ]);
  expect(lines).toEqual([
    'node-1                                 reg.io              auth.io',
    '│── GET /v2/a/manifests/1 ────────────▶│                   │',
    '│◀───────────────────────────── 401 ───│                   │',
    '│── POST /token [password ci:***] ────────────────────────▶│',
    '│◀───────────────────────────────────────────────── 200 ───│',
  ]);
});

test('digests are cut, and what was never answered says why', () => {
  const [, ask, answer] = drawSequence('n', [
    {
      method: 'GET',
      url: `https://reg.io/v2/a/blobs/sha256:${'ab'.repeat(32)}`,
      status: null,
      error: 'connection refused',
    },
  ]);
  expect(ask).toContain('GET /v2/a/blobs/sha256:abababab… ');
  expect(answer).toContain(' connection refused ───│');
});

test('every line of one drawing ends at the same column', () => {
  const lines = drawSequence('node-1', [
    { method: 'HEAD', url: 'https://reg.io/v2/a/manifests/1', status: 200 },
    { method: 'GET', url: 'https://reg.io/', status: null },
  ]).slice(1);
  expect(new Set(lines.map((line) => [...line].length)).size).toBe(1);
});
