import type { Shape } from './shape.js';

/** A JSON Schema (draft 2020-12) of a shape, for editors and validators. */
export function jsonSchemaOf(shape: Shape<unknown>, title: string): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...schemaOf(shape),
  };
}

function schemaOf(shape: Shape<unknown>): Record<string, unknown> {
  switch (shape.kind) {
    case 'text':
      return { type: 'string', ...(shape.rule && { pattern: shape.rule.pattern.source }) };
    case 'flag':
      return { type: 'boolean' };
    case 'number':
      return {
        type: shape.whole ? 'integer' : 'number',
        ...(Number.isFinite(shape.minimum) && { minimum: shape.minimum }),
      };
    case 'choice':
      return { enum: shape.of };
    case 'list':
      return { type: 'array', items: schemaOf(shape.of) };
    case 'map':
      return {
        type: ['object', 'null'],
        ...(shape.keys && { propertyNames: { pattern: shape.keys.pattern.source } }),
        additionalProperties: schemaOf(shape.of),
      };
    case 'object':
      return objectSchema(shape.fields);
    default:
      return shape satisfies never;
  }
}

function objectSchema(
  fields: Extract<Shape<unknown>, { kind: 'object' }>['fields'],
): Record<string, unknown> {
  const entries = Object.entries(fields);
  const needed = entries.filter(([, field]) => field.required).map(([key]) => key);
  return {
    type: needed.length > 0 ? 'object' : ['object', 'null'],
    properties: Object.fromEntries(
      entries.map(([key, field]) => [key, { description: field.about, ...schemaOf(field.shape) }]),
    ),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
  };
}
