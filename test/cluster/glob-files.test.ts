import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFiles } from '../../src/cluster/read-files.js';

let folder = '';
const files = [
  'a.yaml',
  'b.yml',
  'c[1].yaml',
  '.hidden.yaml',
  'apps/web/deploy.yaml',
  'apps/web/values.yaml',
  'apps/db/deploy.yaml',
  'apps/db/base/deep/deploy.yaml',
  'apps/.git/deploy.yaml',
  'node_modules/x/deploy.yaml',
];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pullsim-glob-'));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), 'kind: none');
  }
});
afterAll(() => rm(folder, { recursive: true }));

const read = (pattern: string) =>
  readFiles([join(folder, pattern)], () => Promise.reject(new Error('stdin')));

describe('patterns that no shell has expanded', () => {
  test.each([
    ['*.yaml', ['a.yaml', 'c[1].yaml']],
    ['?.y*ml', ['a.yaml', 'b.yml']],
    ['{a,b}.{yaml,yml}', ['a.yaml', 'b.yml']],
    ['[!a].yml', ['b.yml']],
    ['.*.yaml', ['.hidden.yaml']],
    ['apps/*/deploy.yaml', ['apps/db/deploy.yaml', 'apps/web/deploy.yaml']],
    ['apps/**/deploy.yaml', ['apps/db/base/deep/deploy.yaml', 'apps/db/deploy.yaml', 'apps/web/deploy.yaml']],
    ['**/base/**', ['apps/db/base/deep/deploy.yaml']],
    ['apps/w*/[c-e]*.yaml', ['apps/web/deploy.yaml']],
  ])('%s finds %j', async (pattern, expected) => {
    const { inputs, errors } = await read(pattern);
    expect(errors).toEqual([]);
    expect(inputs.map(({ file }) => file.slice(folder.length + 1))).toEqual(expected);
    expect(inputs.every((input) => 'found' in input)).toBe(true);
  });

  test('a file of that very name is that file', async () => {
    const { inputs } = await read('c[1].yaml');
    expect(inputs.map((input) => 'found' in input)).toEqual([false]);
  });

  test.each(['*.json', 'nowhere/*.yaml', '[z-a].yaml'])(
    '%s finds nothing, which is an error',
    async (pattern) => {
      const { errors } = await read(pattern);
      expect(errors).toMatchObject([
        { kind: 'unreadable', message: expect.stringContaining('no file matches') },
      ]);
    },
  );
});
