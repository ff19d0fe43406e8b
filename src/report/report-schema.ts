/**
 * The JSON Schema (draft 2020-12) of the report, published as `pullsim/schemas/report.schema.json`. Members that it does
 * not name are allowed: later versions add some.
 */
export const reportSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'pullsim check report',
  ...members(
    {
      apiVersion: { const: 'pullsim/v1' },
      kind: { const: 'CheckReport' },
      summary: members(
        Object.fromEntries(
          ['pods', 'images', 'pulled', 'present', 'failed', 'unknown', 'blocked', 'rejected'].map((name) => [
            name,
            count(),
          ]),
        ),
      ),
      errors: listOf(ref('error'), 'Unreadable input, and objects that the API server refuses.'),
      findings: listOf(ref('finding'), 'Findings that belong to no pod.'),
      pods: listOf(ref('pod'), 'One entry per pod and node that admits it.'),
    },
    {
      atSeconds: count('How old the pods are; absent: they have settled.'),
      ignored: listOf(ref('finding'), 'Findings of rules that were to be ignored.'),
    },
  ),
  $defs: {
    source: members(
      {
        file: text('As given on the command line; - is standard input.'),
        line: { type: 'integer', minimum: 1 },
      },
      { template: text('The template that rendered it; the line is that of the stream.') },
    ),
    error: members({ message: text(), kind: oneOf('unreadable', 'refused') }, { source: ref('source') }),
    finding: members(
      {
        rule: {
          type: 'string',
          pattern: '^[A-Z]+[0-9]+$',
          description: 'A stable id of the catalogue of causes.',
        },
        severity: oneOf('error', 'warning', 'info'),
        message: text('What was seen and why that fails.'),
        fix: text('The command or YAML to write.'),
      },
      { container: text('The container that it speaks of.'), source: ref('source') },
    ),
    pod: members(
      {
        namespace: text(),
        name: text(),
        owner: textOrNull('Deployment/web; null for a bare pod.'),
        source: orNull(ref('source')),
        node: textOrNull('null when no node admits the pod, or the API server refuses it.'),
        phase: oneOf('Pending', 'Running', 'Succeeded', 'Failed', null),
        status: text("kubectl's STATUS column, or Rejected or Unknown."),
        ready: textOrNull("kubectl's READY column; null when rejected."),
        images: listOf(ref('image')),
        events: listOf(ref('event')),
        findings: listOf(ref('finding')),
      },
      {
        rejected: members({ message: text("The API server's text.") }),
        describe: listOf(text(), 'The Events section of kubectl describe pod, line by line.'),
        ignored: listOf(ref('finding'), 'Findings of rules that were to be ignored.'),
        steps: listOf(ref('step'), 'How the kubelet came to it.'),
      },
    ),
    image: members(
      {
        container: text(),
        kind: oneOf('container', 'initContainer', 'ephemeralContainer', 'imageVolume'),
        image: text('As written.'),
        reference: textOrNull('Fully qualified; null if invalid.'),
        pullPolicy: text(),
        verdict: oneOf('pulled', 'present', 'failed', 'unknown', 'blocked'),
        reason: textOrNull("The kubelet's word; null when not failed."),
        message: textOrNull("The kubelet's text; for unknown what is missing."),
        source: orNull(ref('source')),
        attempts: listOf(ref('attempt'), 'One per credential offered in the last pull.'),
      },
      {
        explanation: textOrNull('What happened, in one sentence.'),
        blockedBy: text('The container whose image failed first.'),
        contentAssumed: { const: true },
      },
    ),
    attempt: members({
      credential: members(
        { source: oneOf('anonymous', 'secret', 'node', 'provider') },
        { secret: text('namespace/name'), key: text('User info is masked.'), username: text() },
      ),
      error: textOrNull(),
      exchanges: listOf(ref('exchange')),
    }),
    exchange: members(
      { method: text(), url: text(), status: { type: ['integer', 'null'] } },
      { authorization: text('What was sent, masked.'), error: text() },
    ),
    event: members(
      {
        type: oneOf('Normal', 'Warning'),
        reason: text(),
        message: text(),
        count: { type: 'integer', minimum: 1 },
        atSeconds: count("Last occurrence, from the pod's creation."),
        firstAtSeconds: count(),
      },
      { fieldPath: text() },
    ),
    step: members({ title: text(), lines: listOf(text()) }, { container: text() }),
  },
};

type Schema = Readonly<Record<string, unknown>>;
type Schemas = Readonly<Record<string, Schema>>;

function members(required: Schemas, optional: Schemas = {}): Schema {
  return { type: 'object', properties: { ...required, ...optional }, required: Object.keys(required) };
}

function text(description?: string): Schema {
  return { type: 'string', ...about(description) };
}

function textOrNull(description?: string): Schema {
  return { type: ['string', 'null'], ...about(description) };
}

function count(description?: string): Schema {
  return { type: 'integer', minimum: 0, ...about(description) };
}

function listOf(items: Schema, description?: string): Schema {
  return { type: 'array', items, ...about(description) };
}

function oneOf(...values: readonly (string | null)[]): Schema {
  return { enum: values };
}

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}

function about(description: string | undefined): Schema {
  return description === undefined ? {} : { description };
}
