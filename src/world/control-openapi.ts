import { reportSchema } from '../report/report-schema.js';
import { type ControlRoute, controlRoutes } from './control-routes.js';
import { jsonSchemaOf } from './json-schema.js';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the control API, from its routes: served as `/openapi.json`, and published. */
export function controlDescription(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'pullsim control API',
      version: '1',
      description:
        'Prepares and questions the registries of `pullsim serve --control`, on a loopback port of its own. Changes last until the reset.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: 'http://127.0.0.1:{port}',
        variables: { port: { default: '5001', description: 'As the ready file says.' } },
      },
    ],
    security: [{ token: [] }],
    paths: { '/openapi.json': { get: describesItself }, ...pathsOf(controlRoutes) },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made at each start; in the ready file.' },
      },
      responses: { Problem: { description: 'What is wrong, and what to do.', ...json(ref('Problem')) } },
      schemas: { Problem: problem, Requests: requests, ...reportSchemas() },
    },
  };
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Json): Json => ({ content: { 'application/json': { schema } } });

const describesItself: Json = {
  operationId: 'describe',
  summary: 'This document.',
  security: [],
  responses: { '200': { description: 'An OpenAPI document.', ...json({ type: 'object' }) } },
};

function pathsOf(routes: readonly ControlRoute[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return paths;
}

function operationOf({ operationId, summary, query, gives, ...route }: ControlRoute): Json {
  const body = bodyOf(route);
  return {
    operationId,
    summary,
    ...(query && { parameters: Object.entries(query).map(parameterOf) }),
    ...(body && { requestBody: { required: true, content: body } }),
    responses: {
      ...(gives
        ? { '200': { description: 'Done.', ...json(ref(gives)) } }
        : { '204': { description: 'Done.' } }),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

const parameterOf = ([name, description]: readonly [string, string]): Json => ({
  name,
  in: 'query',
  description,
  schema: description.includes('may be repeated')
    ? { type: 'array', items: { type: 'string' } }
    : { type: 'string' },
});

function bodyOf({ takes, takesManifests }: Pick<ControlRoute, 'takes' | 'takesManifests'>): Json | undefined {
  if (takesManifests) {
    const description =
      'Pods, workloads, service accounts and secrets: a YAML stream, an object, or a v1 List.';
    return {
      'application/yaml': { schema: { type: 'string', description } },
      'application/json': { schema: { type: 'object', description } },
    };
  }
  if (takes === undefined) return undefined;
  const { $schema: _, title: __, ...schema } = jsonSchemaOf(takes, '');
  return { 'application/json': { schema } };
}

const text: Json = { type: 'string' };

const problem: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message'],
      properties: { message: text, mistakes: { type: 'array', items: text } },
    },
  },
};

const exchange: Json = {
  type: 'object',
  required: [
    'at',
    'registry',
    'kind',
    'method',
    'url',
    'status',
    'identity',
    'authentication',
    'decision',
    'because',
  ],
  properties: {
    at: { type: 'string', format: 'date-time' },
    registry: text,
    kind: text,
    method: text,
    url: text,
    status: { type: 'integer' },
    repository: text,
    identity: { ...text, description: '`anonymous`, the name of a user, or `unknown`.' },
    authentication: text,
    decision: { enum: ['allow', 'refuse', 'none'] },
    because: { ...text, description: 'Why, in one sentence.' },
    scope: text,
    fault: { ...text, description: 'The fault that shaped the answer.' },
  },
};

const requests: Json = {
  type: 'object',
  required: ['requests'],
  properties: { requests: { type: 'array', items: exchange } },
};

/** The published schema of the report, with its parts where an OpenAPI document has them. */
function reportSchemas(): Json {
  const { $schema: _, $defs, ...report } = reportSchema;
  const parts = Object.entries($defs).map(([name, part]) => [`CheckReport.${name}`, part]);
  const moved = JSON.stringify({ CheckReport: report, ...Object.fromEntries(parts) });
  return JSON.parse(moved.replaceAll('"#/$defs/', '"#/components/schemas/CheckReport.')) as Json;
}
