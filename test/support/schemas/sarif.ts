import type { JsonSchema } from './json-schema-check.js';

/** The part of SARIF 2.1.0 (OASIS) that we write, as strict as the standard about it; nothing beside it is let pass. */
const text = { type: 'string' } as const;
const level = { enum: ['none', 'note', 'warning', 'error'] } as const;

const object = (
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});

const message = object({ text });
const uriReference = { type: 'string', pattern: "^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*$" } as const;

const descriptor = object(
  { id: text },
  {
    shortDescription: message,
    fullDescription: message,
    helpUri: { type: 'string', pattern: '^https://' },
    help: message,
    defaultConfiguration: object({}, { level }),
  },
);

const location = object(
  {},
  {
    physicalLocation: object(
      { artifactLocation: object({}, { uri: uriReference }) },
      { region: object({}, { startLine: { type: 'integer', minimum: 1 } }) },
    ),
    logicalLocations: { type: 'array', items: object({}, { fullyQualifiedName: text, kind: text }) },
  },
);

const result = object(
  { message },
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: -1 },
    level,
    locations: { type: 'array', items: location },
    partialFingerprints: { type: 'object', additionalProperties: text },
  },
);

export const sarifSchema: JsonSchema = object(
  {
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      items: object(
        {
          tool: object({
            driver: object(
              { name: text },
              { semanticVersion: text, rules: { type: 'array', items: descriptor } },
            ),
          }),
        },
        {
          invocations: { type: 'array', items: object({ executionSuccessful: { type: 'boolean' } }) },
          results: { type: 'array', items: result },
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
        },
      ),
    },
  },
  { $schema: { type: 'string', pattern: '^https://' } },
);
