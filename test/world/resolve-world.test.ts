import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveWorld } from '../../src/world/resolve-world.js';

const emptyFolder = () => mkdtempSync(join(tmpdir(), 'pullsim-which-'));
const world = 'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: a.io }]\n';

test('the file that --config names is the world', () => {
  const file = join(emptyFolder(), 'w.yaml');
  writeFileSync(file, world);
  expect(resolveWorld(file, { fallback: 'none' })).toMatchObject({
    from: { kind: 'file', name: file },
    world: { registries: [{ host: 'a.io' }] },
  });
});

test('without --config, pullsim.yaml of the folder is the world', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'pullsim.yaml'), world);
  expect(resolveWorld(undefined, { folder, fallback: 'classroom' }).from).toEqual({
    kind: 'file',
    name: join(folder, 'pullsim.yaml'),
  });
});

test('without either, check has a world without registries and one node', () => {
  expect(resolveWorld(undefined, { folder: emptyFolder(), fallback: 'none' })).toMatchObject({
    from: { kind: 'none' },
    world: { registries: [], undeclared: 'error', nodes: [{ name: 'node-1' }] },
  });
});

test('a file that --config names and that is not there is an error, not another world', () => {
  expect(() => resolveWorld('no/such.yaml', { fallback: 'classroom' })).toThrow('no/such.yaml');
});
