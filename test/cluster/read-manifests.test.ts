import { describe, expect, test } from 'vitest';
import { readManifests } from '../../src/cluster/read-manifests.js';

const read = (text: string, found = false) => readManifests([{ file: 'a.yaml', text, found }]);
const objects = (text: string) => read(text).manifests.map(({ object }) => object);
const errorsOf = (text: string) =>
  read(text).errors.map(({ message, source }) => `${source.line}: ${message}`);

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`;

describe('documents', () => {
  test('are read one after another, with the line that each begins on', () => {
    const text = `# a comment\n---\n${pod('a')}---  # the second\n\n${pod('b')}`;
    const { manifests, errors } = read(text);
    expect(errors).toEqual([]);
    expect(manifests.map(({ source }) => source)).toEqual([
      { file: 'a.yaml', line: 3, column: 1 },
      { file: 'a.yaml', line: 9, column: 1 },
    ]);
  });

  test('that are empty, or hold comments only, are passed over', () => {
    expect(objects('---\n---\n# nothing\n---\nnull\n---\n')).toEqual([]);
  });

  test('may begin with a byte order mark and end their lines as Windows does', () => {
    const text = `\ufeff${pod('a')}---\n${pod('b')}`.replaceAll('\n', '\r\n');
    expect(objects(text).map(({ metadata }) => metadata)).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('know the lines of their fields, and of the nearest parent of an absent one', () => {
    const [manifest] = read(`\n${pod('a')}spec:\n  containers:\n  - name: x\n    image: nginx\n`).manifests;
    expect(manifest?.locate(['spec', 'containers', 0, 'image'])).toEqual({
      file: 'a.yaml',
      line: 9,
      column: 5,
    });
    expect(manifest?.locate(['spec', 'containers', 0, 'ports'])).toMatchObject({ line: 8 });
    expect(manifest?.locate(['spec', 'imagePullSecrets'])).toMatchObject({ line: 6 });
    expect(manifest?.locate(['nothing'])).toMatchObject({ line: 2 });
  });

  test("keep helm's note of the template that they come from", () => {
    const text = `---\n# Source: shop/templates/web.yaml\n${pod('a')}---\n${pod('b')}`;
    expect(read(text).manifests.map(({ template }) => template)).toEqual([
      'shop/templates/web.yaml',
      undefined,
    ]);
  });
});

describe('JSON', () => {
  test('is read as it is, and as a row of objects', () => {
    const one = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a/b \\u00e9"}}';
    expect(objects(`${one}\n{ "apiVersion": "v1",\n\t"kind": "Pod" } ${one}`)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a/b é' } },
      { apiVersion: 'v1', kind: 'Pod' },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a/b é' } },
    ]);
  });

  test('has lines too', () => {
    const { manifests } = read(
      '{"apiVersion":"v1",\n"kind":"Pod",\n"spec":{"containers":[\n{"image":"x"}]}}\n{"kind":"Pod","apiVersion":"v1"}',
    );
    expect(manifests[0]?.locate(['spec', 'containers', 0, 'image'])).toMatchObject({ line: 4 });
    expect(manifests[1]?.source).toMatchObject({ line: 5 });
  });
});

describe('lists', () => {
  test('are taken apart, one within the other, each item with its line', () => {
    const text = [
      'apiVersion: v1',
      'kind: List',
      'items:',
      '- {apiVersion: v1, kind: Pod}',
      '- apiVersion: v1',
      '  kind: List',
      '  items:',
      '  - apiVersion: v1',
      '    kind: Secret',
    ].join('\n');
    const found = read(text).manifests.map(({ object, source }) => [object.kind, source.line]);
    expect(found).toEqual([
      ['Pod', 4],
      ['Secret', 8],
    ]);
  });

  test('of one kind give it to items that do not say theirs', () => {
    expect(objects('{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}')).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } },
    ]);
  });

  test('may be empty or hold things that are no objects', () => {
    expect(read('{apiVersion: v1, kind: List, items: [null, 5, {}]}')).toMatchObject({
      manifests: [],
      errors: [
        { message: expect.stringContaining('plain text') },
        { message: expect.stringContaining("'Kind'") },
      ],
    });
    expect(objects('{apiVersion: v1, kind: List}')).toEqual([]);
    expect(errorsOf('{apiVersion: v1, kind: List, items: {a: 1}}')).toEqual([
      '1: the items of a List must be a list: begin each with "- "',
    ]);
  });
});

describe('what kubectl reads otherwise than YAML 1.2', () => {
  test.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['010', 8],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['~', null],
    ['', null],
    ['12:30', '12:30'],
    ['2001-01-01', '2001-01-01'],
    ['1.2.3', '1.2.3'],
    ['0x', '0x'],
    ['"yes"', 'yes'],
    ["'010'", '010'],
    ['!!str 010', '010'],
    ['!!int "7"', 7],
    ['!!float 7', 7],
    ['!!binary aGk=', 'hi'],
    ['!unknown yes', 'yes'],
    ['tRue', 'tRue'],
    ['9223372036854775808', 2 ** 63],
  ])('%s is %j', (written, value) => {
    expect(objects(`apiVersion: v1\nkind: Pod\nx: ${written}\n`)[0]?.x).toEqual(value);
  });

  test('keys are text, whatever they look like', () => {
    const text = 'apiVersion: v1\nkind: Pod\nx: {1: a, yes: b, 1.5: c, .inf: d}\n';
    expect(objects(text)[0]?.x).toEqual({ 1: 'a', true: 'b', 1.5: 'c', '.inf': 'd' });
  });

  test('merge keys lose against keys after them and win against keys before them, as in go-yaml 2', () => {
    const text = [
      'apiVersion: v1',
      'kind: Pod',
      'base: &base {a: 1, b: 2}',
      'other: &other {a: 3, c: 4}',
      'x:',
      '  a: 0',
      '  <<: [*base, *other]',
      '  b: 9',
    ].join('\n');
    expect(objects(text)[0]?.x).toEqual({ a: 1, b: 9, c: 4 });
  });

  test('an alias is what its anchor was when it was last written', () => {
    const text = 'apiVersion: v1\nkind: Pod\na: &x 1\nb: *x\nc: &x [2]\nd: *x\n';
    expect(objects(text)[0]).toMatchObject({ b: 1, d: [2] });
  });

  test('of two equal keys the later one counts, with a warning at its line', () => {
    const { manifests, warnings } = read('apiVersion: v1\nkind: Pod\nspec:\n  a: 1\n  a: 2\n');
    expect(manifests[0]?.object.spec).toEqual({ a: 2 });
    expect(warnings).toMatchObject([{ kind: 'duplicate-field', path: ['spec', 'a'], source: { line: 5 } }]);
  });

  test('a field named __proto__ is a field', () => {
    const [object] = objects('apiVersion: v1\nkind: Pod\n__proto__: {a: 1}\n');
    expect(Object.keys(object ?? {})).toContain('__proto__');
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });
});

describe('what cannot be read', () => {
  test('is told with its line and hides no other document', () => {
    const { manifests, errors } = read(`${pod('a')}---\na: b: c\n---\n${pod('b')}---\nx: "y\n`);
    expect(manifests.map(({ object }) => object.metadata)).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(errors.map(({ kind, source }) => [kind, source.line])).toEqual([
      ['unreadable', 6],
      ['unreadable', 13],
    ]);
  });

  test.each([
    ['a:\n\tb: 1', 2, 'a tab is used for indentation'],
    ['a: [1,\nb: 2', 1, ''],
    ['a: [1', 1, 'is opened and never closed'],
    ['a: "x', 1, 'a quote is opened and never closed'],
    ['a: @x', 1, 'put the value in quotes'],
    ['a: {{ .Values.x }}', 1, 'is a template; render it first'],
    ['{{- if .Values.x }}\na: b: c\n{{- end }}', 1, 'Helm template'],
    ['a: *x', 1, 'put a value that begins with * in quotes'],
    ['a: &x [*x]', 1, 'the value of an anchor contains itself'],
    ['<<: 5', 1, 'map merge requires map or sequence of maps as the value'],
    ['a: .nan', 1, 'json: unsupported value: NaN'],
    ['a: !!int x', 1, 'cannot decode !!str as a !!int'],
    ['a: !!binary "*"', 1, '!!binary value contains invalid base64 data'],
    ['? [a]\n: 1', 1, 'a key must be text'],
    ['~: 1', 1, 'a key is missing'],
    ['%YAML 1.2\n---\n', 1, ''],
    ['--- a: 1\n', 1, 'invalid Yaml document separator: a: 1'],
    ['- a', 1, 'write it as kind: List'],
    ['just text', 1, 'plain text'],
    ['kind: Pod', 1, "Object 'apiVersion' is missing"],
    ['apiVersion: v1\nkind: 5', 1, "Object 'Kind' is missing"],
  ])('%j: an error', (text, line, message) => {
    const [first = ''] = errorsOf(text);
    expect(first).toContain(message);
    expect(Number(first.split(':')[0])).toBeGreaterThanOrEqual(line);
  });

  test('may hold text of any length', () => {
    const long = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { a: `${'y\\"'.repeat(3_000_000)}` },
    });
    expect(errorsOf(long)).toEqual([]);
    expect(errorsOf(`${long}${long}`)).toEqual([]);
  });

  test('never repeats the text at fault, which may be a password', () => {
    const texts = [
      'password: "s3cret" s3cret',
      'a: |s3cret',
      's3cret\npassword: @s3cret',
      'a: "\\s3cret"',
      'a: !!int s3cret',
      'a: *s3cret',
    ];
    for (const text of texts) expect(errorsOf(text).join()).not.toContain('s3cret');
  });

  test('is no document that grows without bound when its aliases are expanded', () => {
    const levels = Array.from({ length: 12 }, (_, n) => {
      const below =
        n === 0
          ? '[x]'
          : `[${Array(9)
              .fill(`*l${n - 1}`)
              .join(', ')}]`;
      return `l${n}: &l${n} ${below}`;
    });
    expect(errorsOf(levels.join('\n'))).toEqual([expect.stringContaining('excessive aliasing')]);
  });

  test('is a document nested deeper than can be followed', () => {
    expect(errorsOf(`a: ${'['.repeat(20_000)}`)).toHaveLength(1);
    expect(errorsOf(`a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`).length).toBeLessThanOrEqual(1);
  });
});

describe('files that were found in a folder', () => {
  test('may hold other things: what has no part of an object is passed over with a warning', () => {
    for (const text of ['replicaCount: 1\nimage: {}\n', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n']) {
      const { errors, warnings } = read(text, true);
      expect(errors).toEqual([]);
      expect(warnings).toMatchObject([{ kind: 'not-an-object', source: { file: 'a.yaml', line: 1 } }]);
    }
  });

  test('are no excuse for an object that says half of what it is', () => {
    expect(read('kind: Pod\n', true).errors).toHaveLength(1);
    expect(read('apiVersion: v1\nmetadata: {}\n', true).errors).toHaveLength(1);
  });
});

describe('objects made by a program', () => {
  const readObject = (object: unknown) => readManifests([{ file: 'object', object }]);

  test('are read like text: dates, bytes and absent fields included', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { creationTimestamp: new Date(0), labels: undefined },
      data: { key: new Uint8Array([104, 105]) },
    };
    expect(readObject(object).manifests[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { creationTimestamp: '1970-01-01T00:00:00.000Z' },
      data: { key: 'aGk=' },
    });
  });

  test('that JSON cannot hold are errors', () => {
    const itself: Record<string, unknown> = { apiVersion: 'v1', kind: 'Pod' };
    itself.spec = itself;
    for (const object of [
      itself,
      () => 1,
      { x: Number.NaN },
      { x: Symbol('x') },
      { x: new Date(Number.NaN) },
    ]) {
      expect(readObject(object)).toMatchObject({ manifests: [], errors: [{ kind: 'unreadable' }] });
    }
  });
});
