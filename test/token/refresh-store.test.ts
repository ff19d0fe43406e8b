import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createDirectoryRefreshStore } from '../../src/token/directory-refresh-store.js';
import { createMemoryRefreshStore } from '../../src/token/memory-refresh-store.js';
import type { RefreshRecord } from '../../src/token/refresh-record.js';

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'pullsim-refresh-'));
  folders.push(folder);
  return join(folder, 'tokens');
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const hash = (digit: string) => digit.repeat(64);
const record = (user: string): RefreshRecord => ({
  user,
  service: 's',
  client: 'c',
  family: 'f',
  expiresAtMs: 1,
});

describe.each([
  ['memory', () => createMemoryRefreshStore()],
  ['directory', () => createDirectoryRefreshStore(newFolder())],
])('a refresh store in %s', (_, create) => {
  test('gives back what was put', async () => {
    const store = create();
    expect(await store.get(hash('a'))).toBeUndefined();
    await store.put(hash('a'), record('ann'));
    expect(await store.get(hash('a'))).toEqual({ record: record('ann'), retired: false });
  });

  test('retires a token for exactly one of those who try at once', async () => {
    const store = create();
    await store.put(hash('a'), record('ann'));
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => store.retire(hash('a'))));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await store.get(hash('a'))).toEqual({ record: record('ann'), retired: true });
    expect(await store.retire(hash('b'))).toBe(false);
  });

  test('lists and deletes what it has, retired or not', async () => {
    const store = create();
    expect(await store.list()).toEqual([]);
    await store.put(hash('a'), record('ann'));
    await store.put(hash('b'), record('ben'));
    await store.retire(hash('b'));
    expect((await store.list()).map(({ hash, record }) => [hash[0], record.user]).sort()).toEqual([
      ['a', 'ann'],
      ['b', 'ben'],
    ]);
    for (const digit of 'abc') await store.delete(hash(digit));
    expect(await store.list()).toEqual([]);
  });
});

test('the directory store is for its owner alone, and leaves no half-written file', async () => {
  const folder = newFolder();
  await createDirectoryRefreshStore(folder).put(hash('a'), record('ann'));
  expect(readdirSync(folder)).toEqual([`${hash('a')}.json`]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, `${hash('a')}.json`)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(join(folder, `${hash('a')}.json`), 'utf8'))).toEqual(record('ann'));
});

test('two directory stores over one folder see each other', async () => {
  const folder = newFolder();
  const [one, two] = [createDirectoryRefreshStore(folder), createDirectoryRefreshStore(folder)];
  await one.put(hash('a'), record('ann'));
  expect(await two.retire(hash('a'))).toBe(true);
  expect(await one.retire(hash('a'))).toBe(false);
});

test('the memory store forgets the oldest when it is full', async () => {
  const store = createMemoryRefreshStore(2);
  for (const digit of 'abc') await store.put(hash(digit), record(digit));
  expect((await store.list()).map(({ record }) => record.user)).toEqual(['b', 'c']);
});
