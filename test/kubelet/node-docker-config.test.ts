import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeConfigPaths } from '../../src/credentials/node-config.js';
import type { KubeletLogLine } from '../../src/kubelet/kubelet-log.js';
import { createNodeDockerConfig } from '../../src/kubelet/node-docker-config.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const configOf = (username: string) => JSON.stringify({ auths: { 'reg.io': { username, password: 'pw' } } });
const legacyOf = (username: string) => JSON.stringify({ 'reg.io': { username, password: 'pw' } });

/** The folders of a node below a folder of the test; `/` itself stays out. */
async function nodeWith(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  }
  const paths = nodeConfigPaths({ kubeletRoot: '/kubelet', working: '/work', home: '/home' });
  const clock = { ms: 0 };
  const log: KubeletLogLine[] = [];
  const read = createNodeDockerConfig({
    paths: paths.map((path) => folder.path + path),
    now: () => new Date(clock.ms),
    log: (line) => log.push(line),
  });
  const user = () => read()?.auths['reg.io']?.username;
  return { read, user, clock, log, at, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const places = [
  'kubelet/config.json',
  'work/config.json',
  'home/.docker/config.json',
  '.docker/config.json',
  'kubelet/.dockercfg',
  'work/.dockercfg',
  'home/.dockercfg',
  '.dockercfg',
];
const textOf = (place: string) => (place.endsWith('.dockercfg') ? legacyOf(place) : configOf(place));

describe('the node’s docker config', () => {
  test.each(places)('is found in %s before all that come after it', async (place) => {
    const from = places.slice(places.indexOf(place));
    await using node = await nodeWith(Object.fromEntries(from.map((name) => [name, textOf(name)])));
    expect(node.user()).toBe(place);
    expect(node.read()?.file).toBe(node.at(place));
    expect(node.log).toEqual([]);
  });

  test('is not there, and that is fine', async () => {
    await using node = await nodeWith({});
    expect(node.read()).toBeUndefined();
    expect(node.log).toEqual([]);
  });

  test('that cannot be parsed or read is logged and passed over', async () => {
    await using node = await nodeWith({
      'kubelet/config.json': '{"auths":',
      'work/config.json/inside': 'a folder of that name',
      '.dockercfg': legacyOf('root'),
    });
    expect(node.user()).toBe('root');
    expect(node.log.map(({ error, values }) => [values.path, error])).toEqual([
      [node.at('kubelet/config.json'), 'error occurred while trying to unmarshal json'],
      [node.at('work/config.json'), `read ${node.at('work/config.json')}: is a directory`],
    ]);
  });

  test('of other places is not joined to the one that was found', async () => {
    await using node = await nodeWith({ 'kubelet/config.json': '{}', 'work/config.json': configOf('work') });
    expect(node.read()?.auths).toEqual({});
  });

  test('is kept for five minutes, also when there is none', async () => {
    await using node = await nodeWith({});
    expect(node.user()).toBeUndefined();
    await mkdir(node.at('kubelet'));
    await writeFile(node.at('kubelet/config.json'), configOf('new'));
    node.clock.ms = 300_000;
    expect(node.user()).toBeUndefined();
    node.clock.ms = 300_001;
    expect(node.user()).toBe('new');
    await rm(node.at('kubelet/config.json'));
    node.clock.ms = 600_000;
    expect(node.user()).toBe('new');
    node.clock.ms = 600_002;
    expect(node.user()).toBeUndefined();
  });

  test('is the same object while the file stays as it is', async () => {
    await using node = await nodeWith({ 'kubelet/config.json': configOf('same') });
    const first = node.read();
    node.clock.ms = 400_000;
    expect(node.read()).toBe(first);
  });
});
