import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { expect } from 'vitest';
import { jwkThumbprint, libtrustKeyId } from '../../../src/access/key-id.js';
import { fallbackTag as fallbackTagOf } from '../../../src/registry/fallback-tag.js';
import { digestOf } from './fixtures.js';
import type { ConformanceCase } from './vector.js';

/**
 * Judges a case that needs no request: its note says what a function must give.
 *
 * @throws when the note speaks of something that is not known here
 */
export function runUnitCase({ id, title, note = '' }: ConformanceCase): void {
  const text = `${id} ${title} ${note}`;
  const units = unitChecks.filter(([pattern]) => pattern.test(text));
  if (units.length === 0) throw new Error(`the unit case "${note}" is not explained`);
  for (const [, check] of units) check(note);
}

/** The keys whose ids registry.md §8.8 records. */
const keys: readonly JsonWebKey[] = [
  {
    kty: 'EC',
    crv: 'P-256',
    x: 'm7zUpx3b-zmVE5cymSs64POG9QcyEpJaYCD82-549_Q',
    y: 'dU3biz8sZ_8GPB-odm8Wxz3lNDr1xcAQQPQaOcr1fmc',
  },
  {
    kty: 'RSA',
    e: 'AQAB',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  },
  { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
];
const publicKeys = keys.map((key) => createPublicKey({ key, format: 'jwk' }));

const unitChecks: readonly [RegExp, (note: string) => void][] = [
  [
    /libtrust/i,
    (note) => {
      const ids = publicKeys.map(libtrustKeyId);
      expect(ids).toContain('PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6');
      expect(ids).toEqual(expect.arrayContaining(note.match(/(?:[A-Z2-7]{4}:){11}[A-Z2-7]{4}/g) ?? []));
    },
  ],
  [
    /7638|thumbprint/i,
    (note) => {
      const thumbprints = publicKeys.map(jwkThumbprint);
      expect(thumbprints).toContain('8qjioA3ZA7ti2JIE7c-U8smBFuZolQZvhSHDPU3hhB8');
      expect(thumbprints).toEqual(expect.arrayContaining(note.match(/\b[\w-]{43}\b/g) ?? []));
    },
  ],
  [
    /fallback/i,
    (note) => {
      const content = Buffer.from('{}');
      const tags = [fallbackTagOf(digestOf(content)), fallbackTagOf(digestOf(content, 'sha512'))];
      expect(tags[0]).toBe('sha256-44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
      expect(tags[1]).toMatch(/^sha512-[0-9a-f]{64}$/);
      expect(tags).toEqual(expect.arrayContaining(note.match(/\bsha\d+-[0-9a-f]{64}\b/g) ?? []));
    },
  ],
];
