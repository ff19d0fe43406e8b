import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/wire/go-base64.js';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('base64 as Go decodes it', () => {
  test.each([
    ['padded', '', ''],
    ['padded', 'Zm9vOmJhcg==', 'foo:bar'],
    ['padded', 'Zm9v\r\nOmJh\ncg==\n', 'foo:bar'],
    ['padded', 'Zm9vOmJhcg=\n=\r\n', 'foo:bar'],
    ['padded', 'Zm9vOmJhch==', 'foo:bar'],
    ['unpadded', 'Zm9vOmJhcg', 'foo:bar'],
    ['unpadded', 'Zm9v\n', 'foo'],
  ] as const)('%s %j is %j', (form, encoded, decoded) => {
    expect(text(decodeBase64(encoded, form))).toBe(decoded);
  });

  test.each([
    ['unpadded', 'pants', 4],
    ['unpadded', 'Zm9vO\n', 5],
    ['unpadded', 'Zm9v=', 4],
    ['padded', ' Zm9v', 0],
    ['padded', 'Zm9v Zm9v', 4],
    ['padded', 'Zm-_', 2],
    ['padded', '=', 0],
    ['padded', 'Z=', 1],
    ['padded', 'Zm9vZg=', 7],
    ['padded', 'Zm9vZg=\n', 8],
    ['padded', 'Zm9vZg=x', 6],
    ['padded', 'Zm9vZg==x', 8],
    ['padded', 'Zm9vZm8=\n=', 9],
    ['padded', 'Zm9vZg', 4],
    ['padded', 'Zm9vZ', 4],
    ['padded', 'ü===', 0],
  ] as const)('%s %j fails at byte %i', (form, encoded, offset) => {
    expect(() => decodeBase64(encoded, form)).toThrow(`illegal base64 data at input byte ${offset}`);
  });

  test('whatever is encoded decodes to itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const encoded = encodeBase64(bytes);
        expect(encoded).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(encoded)).toEqual(bytes);
        expect(decodeBase64(encoded.replace(/=/g, ''), 'unpadded')).toEqual(bytes);
      }),
    );
  });
});
