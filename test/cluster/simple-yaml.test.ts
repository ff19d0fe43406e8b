import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFully } from '../../src/cluster/parse-document.js';
import { readSimpleYaml } from '../../src/cluster/simple-yaml.js';

const manifest = [
  'apiVersion: v1',
  'kind: Pod',
  '# a comment',
  'metadata:',
  '  name: web-1',
  '  labels: {}',
  '  annotations:',
  'spec:',
  '    imagePullSecrets:',
  '    - name: "reg cred"',
  '    -',
  '      name: other',
  '    containers:',
  "      -   name: 'app'",
  '          image: registry.example.com:5000/team/app:1.0',
  '          args: []',
  '          command:',
  '          - sh',
  '          ports:',
  '          - containerPort: 010',
  '            protocol: TCP',
  '',
].join('\n');

const sameAsFully = (text: string) => {
  const simple = readSimpleYaml(text, 7);
  if (simple !== undefined)
    expect({ ok: true, ...simple, duplicates: [] }).toEqual(parseFully({ text, start: 7 }));
  return simple !== undefined;
};

describe('the reader of simple YAML', () => {
  test('reads an ordinary manifest as the full parser does, positions included', () => {
    expect(sameAsFully(manifest)).toBe(true);
    expect(sameAsFully(manifest.replaceAll('\n', '\r\n'))).toBe(true);
    expect(readSimpleYaml(manifest, 0)?.value).toMatchObject({
      spec: {
        imagePullSecrets: [{ name: 'reg cred' }, { name: 'other' }],
        containers: [{ command: ['sh'] }],
      },
    });
  });

  test.each([
    ...[
      'a: &x 1',
      'a: *x',
      'a: !!str 1',
      'a: [1]',
      'a: {b: 1}',
      'a: |\n  x',
      'a: >\n  x',
      'a: "\\n"',
      "a: 'it''s'",
    ],
    ...[
      'a: 1\na: 2',
      'a: b: c',
      'a: b:',
      'a: x # c',
      'a:\tb',
      'a: é',
      '<<: {}',
      'yes: 1',
      '1: a',
      '"a": 1',
      '? a\n: b',
    ],
    ...[
      'a: x\n  y',
      'a: x\n  b: 1',
      'a:\n    b: 1\n  c: 2',
      'a: 1\n b: 2',
      'a: 1\n- b',
      '- a',
      'a:b',
      'a',
      '...',
      '%x',
    ],
    ...[
      'a:\n- b\n c: 1',
      'a:\n  - - b',
      'a: .nan',
      'a: @x',
      'a: -x',
      'a: - b',
      '{{ x }}',
      'a: {{ x }}',
      '',
      '# only',
    ],
  ])('leaves %j to the full parser', (text) => {
    expect(readSimpleYaml(text, 0)).toBeUndefined();
  });

  const key = fc.constantFrom('a', 'b', 'c', '.dockerconfigjson', 'kubernetes.io/os', 'x-y_z', '__proto__');
  const scalar = fc.constantFrom(
    ...[
      'x',
      'nginx:1',
      'reg.io:5000/a/b@sha256:0',
      'yes',
      'off',
      '~',
      '010',
      '0x1F',
      '1_000',
      '1e3',
      '.5',
      '1.5',
      '',
    ],
    ...[
      '"q"',
      "'s'",
      '""',
      '{}',
      '[]',
      'a b',
      'a, b',
      '12:30',
      'ZQ==',
      'a=b',
      '/p',
      '+5',
      '1.2.3',
      'TRUE',
      '0b2',
    ],
  );
  type Block =
    | string
    | { readonly fields: readonly (readonly [string, Block])[] }
    | { readonly items: readonly Block[] };
  const { block } = fc.letrec<{ block: Block }>((tie) => ({
    block: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.record({
        fields: fc.uniqueArray(fc.tuple(key, tie('block')), {
          minLength: 1,
          maxLength: 4,
          selector: ([name]) => name,
        }),
      }),
      fc.record({ items: fc.array(tie('block'), { minLength: 1, maxLength: 3 }) }),
    ),
  }));

  /** A block in lines, lists aligned with their key or deeper. */
  function print(value: Block, indent: string, aligned: boolean): string[] {
    if (typeof value === 'string') return [`${indent}${value}`];
    if ('items' in value) {
      return value.items.flatMap((item) => {
        const [first = '', ...rest] = print(item, `${indent}  `, aligned);
        return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
      });
    }
    return value.fields.flatMap(([name, part]) => {
      if (typeof part === 'string') return [`${indent}${name}: ${part}`];
      const below = 'items' in part && aligned ? indent : `${indent}  `;
      return [`${indent}${name}:`, ...print(part, below, aligned)];
    });
  }

  const document = fc
    .tuple(
      fc.uniqueArray(fc.tuple(key, block), { minLength: 1, maxLength: 3, selector: ([name]) => name }),
      fc.boolean(),
    )
    .map(([fields, aligned]) => print({ fields }, '', aligned));

  test('says what the full parser says of well-formed documents, and reads many of them', () => {
    let read = 0;
    const check = fc.property(document, fc.constantFrom('\n', '\r\n'), (lines, end) => {
      if (sameAsFully(`${lines.join(end)}${end}`)) read += 1;
    });
    fc.assert(check, { numRuns: 1000 });
    expect(read).toBeGreaterThan(200);
  });

  test('says what the full parser says of documents with something odd in them, or nothing', () => {
    const odd = fc.constantFrom(
      ...[
        'x',
        ' ',
        '  ',
        '-',
        '- ',
        ':',
        ': ',
        '#',
        ' #',
        '&a ',
        '*a',
        '"',
        "'",
        '{',
        '[',
        '|',
        '>',
        '\t',
        '\n',
        '!',
        '%',
        '@',
        '<<: ',
      ],
    );
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(document, odd, place, (lines, inserted, where) => {
        const text = `${lines.join('\n')}\n`;
        const at = Math.floor(where * text.length);
        sameAsFully(text.slice(0, at) + inserted + text.slice(at));
      }),
      { numRuns: 2000 },
    );
  });
});
