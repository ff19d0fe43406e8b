import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorBody, errorCodes } from '../../src/wire/error-codes.js';

describe('error bodies', () => {
  test.each(Object.keys(errorCodes) as ErrorCode[])('%s has a spelling, a status and a message', (code) => {
    expect(code).toMatch(/^[A-Z_]+$/);
    expect(errorCodes[code].status).toBeGreaterThanOrEqual(400);
    expect(JSON.parse(errorBody([{ code }]))).toEqual({
      errors: [{ code, message: errorCodes[code].message }],
    });
  });

  test('end in a newline, keep the order code, message, detail, and print a null detail', () => {
    expect(errorBody([{ code: 'UNAUTHORIZED', detail: null }])).toBe(
      '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}\n',
    );
    expect(errorBody([{ detail: { Tag: 'v9' }, message: 'gone', code: 'MANIFEST_UNKNOWN' }])).toBe(
      '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"gone","detail":{"Tag":"v9"}}]}\n',
    );
  });
});
