import type { JsonSchema } from './json-schema-check.js';

/** The members that the HAR 1.2 specification asks for, and their types. */
const text = { type: 'string' } as const;
const time = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)$',
};
const size = { type: 'integer', minimum: -1 } as const;
const duration = { type: 'number', minimum: -1 } as const;

const all = (
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = ['comment'],
): JsonSchema => ({
  type: 'object',
  properties: { comment: text, ...properties },
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const pairs: JsonSchema = { type: 'array', items: all({ name: text, value: text }) };
const message = { httpVersion: text, cookies: pairs, headers: pairs, headersSize: size, bodySize: size };

export const harSchema: JsonSchema = all({
  log: all({
    version: { const: '1.2' },
    creator: all({ name: text, version: text }),
    pages: {
      type: 'array',
      items: all({ startedDateTime: time, id: text, title: text, pageTimings: { type: 'object' } }),
    },
    entries: {
      type: 'array',
      items: all({
        pageref: text,
        startedDateTime: time,
        time: { type: 'number', minimum: 0 },
        request: all({
          method: text,
          url: { type: 'string', pattern: '^https?://' },
          queryString: pairs,
          ...message,
        }),
        response: all({
          status: { type: 'integer' },
          statusText: text,
          redirectURL: text,
          content: all({ size, mimeType: text }),
          ...message,
        }),
        cache: { type: 'object' },
        timings: all({ send: duration, wait: duration, receive: duration }),
      }),
    },
  }),
});
