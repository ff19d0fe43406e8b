import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFiles } from '../../src/cluster/read-files.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pullsim-read-'));
});
afterEach(() => rm(folder, { recursive: true }));

const noStdin = () => Promise.reject(new Error('stdin was read'));
const at = (...names: string[]) => join(folder, ...names);
const write = async (name: string, text: string | Uint8Array) => {
  await mkdir(join(at(name), '..'), { recursive: true });
  await writeFile(at(name), text);
};
const names = ({ inputs }: { inputs: readonly { file: string }[] }) =>
  inputs.map(({ file }) => file.slice(folder.length + 1));

describe('reading files', () => {
  test('takes a named file whatever its name is, and folders with all below them, sorted', async () => {
    await write('pod.txt', 'a');
    await write('b/z.yml', 'b');
    await write('b/a/x.json', 'c');
    await write('b/m.yaml', 'd');
    await write('b/notes.txt', 'e');
    const result = await readFiles([at('pod.txt'), at('b')], noStdin);
    expect(names(result)).toEqual(['pod.txt', 'b/a/x.json', 'b/m.yaml', 'b/z.yml']);
    expect(result.inputs.map((input) => 'found' in input)).toEqual([false, true, true, true]);
    expect(result.errors).toEqual([]);
  });

  test('passes over hidden folders and node_modules', async () => {
    await write('.github/workflows/ci.yml', 'a');
    await write('node_modules/x/package.json', 'b');
    await write('.hidden.yaml', 'c');
    await write('web.yaml', 'd');
    expect(names(await readFiles([folder], noStdin))).toEqual(['.hidden.yaml', 'web.yaml']);
  });

  test('enters each folder once, also when a link leads back up', async () => {
    await write('a/web.yaml', 'a');
    await symlink(folder, at('a/loop'));
    expect(names(await readFiles([folder], noStdin))).toEqual(['a/web.yaml']);
  });

  test('reads stdin for the first dash only', async () => {
    let asked = 0;
    const { inputs } = await readFiles(['-', '-'], async () => {
      asked += 1;
      return Buffer.from('kind: Pod');
    });
    expect(inputs).toEqual([{ file: '-', text: 'kind: Pod' }]);
    expect(asked).toBe(1);
  });

  test('reads what Windows tools write: UTF-16 with its mark', async () => {
    await write('le.yaml', Buffer.from('\ufeffkind: é', 'utf16le'));
    await write('be.yaml', Buffer.from('\ufeffkind: é', 'utf16le').swap16());
    const { inputs } = await readFiles([at('le.yaml'), at('be.yaml')], noStdin);
    expect(inputs.map((input) => 'text' in input && input.text)).toEqual(['kind: é', 'kind: é']);
  });

  test('tells of what is missing, is no text, or holds no manifest, and reads the rest', async () => {
    await write('web.yaml', 'a');
    await write('binary.yaml', new Uint8Array([0xff, 0xfe, 0xff]));
    await write('zero.yaml', 'a\0b');
    await mkdir(at('empty'));
    const { inputs, errors } = await readFiles(
      [at('missing.yaml'), at('web.yaml'), at('binary.yaml'), at('zero.yaml'), at('empty'), at('web.yaml/x')],
      noStdin,
    );
    expect(inputs).toHaveLength(1);
    expect(errors.map(({ kind, message }) => [kind, message.slice(folder.length + 1)])).toEqual([
      ['unreadable', 'missing.yaml: no such file or directory: check the path'],
      ['unreadable', 'binary.yaml: not a text file in UTF-8: save it as UTF-8, or leave it out'],
      ['unreadable', 'zero.yaml: not a text file in UTF-8: save it as UTF-8, or leave it out'],
      ['unreadable', expect.stringContaining('no manifests in this folder')],
      ['unreadable', 'web.yaml/x: a part of this path is no folder: check the path'],
    ]);
    expect(errors[0]?.source).toEqual({ file: at('missing.yaml'), line: 1 });
  });

  // A file without permission would do, but root reads those too.
  test('tells of a file that it cannot read', async () => {
    await symlink('loop.yaml', at('loop.yaml'));
    const { errors } = await readFiles([at('loop.yaml')], noStdin);
    expect(errors[0]?.message).toContain('too many symbolic links');
  });
});
