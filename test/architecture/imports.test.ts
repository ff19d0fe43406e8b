import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const src = join(root, 'src');

/** Top floor first. Imports point down this list, never up; rooms on one floor do not import each other. */
const floors = [
  ['cli', 'testing', 'index'],
  ['world'],
  ['report'],
  ['diagnosis'],
  ['kubelet'],
  ['cluster', 'runtime', 'registry', 'token'],
  ['access'],
  ['credentials'],
  ['image', 'wire', 'versions'],
] as const;

/** What a room above may still not know. */
const strangers: Record<string, readonly string[]> = {
  diagnosis: ['registry', 'token', 'runtime'],
  kubelet: ['registry', 'token', 'runtime'],
};

/** Rooms that a web page can run: no Node module, no Node global, no package. */
const pureRooms = ['image', 'wire', 'versions'];
const nodeGlobals = /\b(Buffer|process|__dirname|__filename|setImmediate|require)\b(?!['"])/;

/** Packages with an owner. */
const packageOwners: Record<string, readonly string[]> = {
  express: ['registry', 'token'],
  yaml: ['cluster', 'world', 'report', 'cli'],
};

interface Import {
  readonly file: string;
  readonly line: number;
  readonly room: string;
  readonly specifier: string;
  /** The room imported from; undefined for packages. */
  readonly target: string | undefined;
}

const roomOf = (file: string): string => {
  const [first = ''] = relative(src, file).split(/[/\\]/);
  return first.replace(/\.ts$/, '');
};

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));

const importPattern =
  /(?:^|[\s;])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    const line = text.slice(0, match.index).split('\n').length;
    const target = specifier.startsWith('.') ? roomOf(resolve(dirname(file), specifier)) : undefined;
    return { file: relative(root, file), line, room: roomOf(file), specifier, target };
  });
});

const floorOf = (room: string): number =>
  floors.findIndex((floor) => (floor as readonly string[]).includes(room));
const print = (list: readonly Import[]) => list.map((i) => `${i.file}:${i.line} imports ${i.specifier}`);

describe('the house', () => {
  test('has been read: enough files and imports were seen', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(imports.length).toBeGreaterThan(1000);
  });

  test('has only rooms that the design names', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => floorOf(room) < 0)).toEqual([]);
  });

  test('imports point down, never up or across', () => {
    const broken = imports.filter(
      ({ room, target }) => target !== undefined && target !== room && floorOf(target) <= floorOf(room),
    );
    expect(print(broken)).toEqual([]);
  });

  test('the kubelet and diagnosis know no runtime, registry or token server', () => {
    const broken = imports.filter(
      ({ room, target }) => target !== undefined && strangers[room]?.includes(target),
    );
    expect(print(broken)).toEqual([]);
  });

  test('the pure rooms import nothing from outside and use no Node global', () => {
    const broken = imports.filter(({ room, target }) => pureRooms.includes(room) && target === undefined);
    expect(print(broken)).toEqual([]);
    const globals = files
      .filter((file) => pureRooms.includes(roomOf(file)))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .map((line, index) => ({ line: line.replace(/\/\/.*|^\s*\/?\*.*|'[^']*'|`[^`]*`/g, ''), index }))
          .filter(({ line }) => nodeGlobals.test(line))
          .map(({ line, index }) => `${relative(root, file)}:${index + 1} ${line.trim()}`),
      );
    expect(globals).toEqual([]);
  });

  test('packages with an owner stay with their owner', () => {
    const broken = imports.filter(({ room, specifier }) => {
      const owners = packageOwners[specifier.split('/')[0] ?? ''];
      return owners !== undefined && !owners.includes(room);
    });
    expect(print(broken)).toEqual([]);
  });
});
