import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/image/digest.js';
import { mediaTypes } from '../../src/image/media-types.js';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { putBlob } from '../../src/registry/put-blob.js';
import { compileSource } from '../support/compiled-source.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const sha256 = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

const imageBytes = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociEmpty, digest: sha256('{}'), size: 2 },
    layers: [],
  }),
);
const image = { digest: sha256(imageBytes), mediaType: mediaTypes.ociManifest, bytes: imageBytes };
const moving = { mayMoveTags: true };

describe('a folder of image layouts', () => {
  test('holds a layout per repository, with tags by the name that skopeo and umoci look for', async () => {
    await using folder = await temporaryFolder();
    const store = await openLayoutStore(folder.path);
    await putBlob(store, 'team/app', sha256('{}'), Buffer.from('{}'));
    await store.putManifest('team/app', image, ['v1'], moving);
    await store.close();
    const layout = join(folder.path, 'team/app');
    expect((await readdir(layout)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(JSON.parse(await readFile(join(layout, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        {
          mediaType: mediaTypes.ociManifest,
          digest: image.digest,
          size: imageBytes.length,
          annotations: { 'org.opencontainers.image.ref.name': 'v1' },
        },
      ],
    });
    expect((await readdir(join(layout, 'blobs/sha256'))).sort()).toEqual(
      [sha256('{}'), image.digest].map((digest) => digest.slice(7)).sort(),
    );
  });

  test('serves after a restart what it served before', async () => {
    await using folder = await temporaryFolder();
    const before = await openLayoutStore(folder.path);
    await before.putManifest('a', image, ['v1', 'v2'], moving);
    await before.deleteTag('a', 'v2');
    await before.close();
    const after = await openLayoutStore(folder.path);
    expect(await after.listTags('a')).toEqual(['v1']);
    expect((await after.findManifest('a', 'v1'))?.digest).toBe(image.digest);
    await after.close();
  });

  test('serves what another tool wrote: an index, its children, and what it kept beside them', async () => {
    await using folder = await temporaryFolder();
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [
          { mediaType: mediaTypes.ociManifest, digest: image.digest, size: imageBytes.length },
          { mediaType: mediaTypes.ociManifest, digest: sha256('missing'), size: 7 },
        ],
      }),
    );
    const layout = join(folder.path, 'a');
    await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
    for (const bytes of [index, imageBytes]) {
      await writeFile(join(layout, 'blobs/sha256', sha256(bytes).slice(7)), bytes);
    }
    const listed = {
      mediaType: mediaTypes.ociIndex,
      digest: sha256(index),
      size: index.length,
      annotations: { 'org.opencontainers.image.ref.name': 'all', 'org.example.kept': 'yes' },
    };
    const named = {
      ...listed,
      annotations: { 'org.opencontainers.image.ref.name': 'docker.io/library/x:1' },
    };
    const document = { schemaVersion: 2, manifests: [named, listed], 'org.example.top': 1 };
    await writeFile(join(layout, 'index.json'), JSON.stringify(document));

    const store = await openLayoutStore(folder.path);
    expect(await store.listTags('a')).toEqual(['all']);
    expect((await store.findManifest('a', 'all'))?.mediaType).toBe(mediaTypes.ociIndex);
    expect((await store.findManifest('a', image.digest))?.mediaType).toBe(mediaTypes.ociManifest);
    expect(await store.findManifest('a', sha256('missing'))).toBeUndefined();
    // The children of a deleted index stay, as they do in any registry.
    await store.deleteManifest('a', sha256(index));
    expect((await store.findManifest('a', image.digest))?.digest).toBe(image.digest);
    await store.close();
    const written = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
    expect(written['org.example.top']).toBe(1);
  });

  test('keeps annotations of other tools when it writes the index', async () => {
    await using folder = await temporaryFolder();
    const first = await openLayoutStore(folder.path);
    await first.putManifest('a', image, ['v1'], moving);
    await first.close();
    const path = join(folder.path, 'a/index.json');
    const document = JSON.parse(await readFile(path, 'utf8'));
    document.manifests[0].annotations['org.example.kept'] = 'yes';
    await writeFile(path, JSON.stringify(document));
    const second = await openLayoutStore(folder.path);
    await second.putManifest('a', image, ['v2'], moving);
    await second.close();
    const { manifests } = JSON.parse(await readFile(path, 'utf8'));
    expect(manifests.map(({ annotations }: { annotations: unknown }) => annotations)).toEqual([
      { 'org.example.kept': 'yes', 'org.opencontainers.image.ref.name': 'v1' },
      { 'org.example.kept': 'yes', 'org.opencontainers.image.ref.name': 'v2' },
    ]);
  });

  test('says which file it cannot read', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'a'));
    await writeFile(join(folder.path, 'a/index.json'), '{"manifests":');
    const store = await openLayoutStore(folder.path);
    await expect(async () => store.findManifest('a', 'v1')).rejects.toThrow(
      `${join(folder.path, 'a', 'index.json')}: index.json is not JSON`,
    );
    await store.close();
  });

  test('refuses a second writer, and takes over from one that died', async () => {
    await using folder = await temporaryFolder();
    const store = await openLayoutStore(folder.path);
    await expect(openLayoutStore(folder.path)).rejects.toThrow(
      `process ${process.pid} serves this folder already`,
    );
    await store.close();
    const dead = JSON.stringify({ pid: 2 ** 22 - 7, started: 'long ago', nonce: 'x' });
    await writeFile(join(folder.path, '.pullsim/lock'), dead);
    const next = await openLayoutStore(folder.path);
    await expect(openLayoutStore(folder.path)).rejects.toThrow('serves this folder already');
    await next.close();
    expect(await readdir(join(folder.path, '.pullsim'))).toEqual(['uploads']);
  });

  test('a process with the number of a dead one is not taken for it', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, '.pullsim'));
    const earlier = JSON.stringify({ pid: process.pid, started: 'another boot/1', nonce: 'x' });
    await writeFile(join(folder.path, '.pullsim/lock'), earlier);
    await (await openLayoutStore(folder.path)).close();
  });

  test('forgets uploads that a dead process left', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, '.pullsim/uploads'), { recursive: true });
    await writeFile(join(folder.path, '.pullsim/uploads/half'), 'half a layer');
    const store = await openLayoutStore(folder.path);
    expect(await readdir(join(folder.path, '.pullsim/uploads'))).toEqual([]);
    await store.close();
  });
});

describe('kill -9 at any moment', () => {
  let compiled = '';
  beforeAll(() => {
    compiled = compileSource('registry/layout-store.ts', 'registry/put-blob.ts');
  });
  afterAll(() => rm(compiled, { recursive: true, force: true }));

  test('loses no acknowledged push and shows no half of another', async () => {
    await using folder = await temporaryFolder();
    const acknowledged: number[] = [];
    for (const [round, count] of [1, 7, 2, 19, 5, 11, 3, 23].entries()) {
      acknowledged.push(...(await killAfter(count, compiled, folder.path, round * 1000)));
      await expectWhole(folder.path, acknowledged);
    }
  });
});

/** Starts the writer, kills it while it is at work, and returns what it had acknowledged by then. */
async function killAfter(
  count: number,
  compiled: string,
  root: string,
  first: number,
): Promise<readonly number[]> {
  const script = fileURLToPath(new URL('../support/crash-writer.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, compiled, root, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(Number(line));
    if (lines.length === count) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return lines;
}

async function expectWhole(root: string, acknowledged: readonly number[]): Promise<void> {
  const store = await openLayoutStore(root);
  for (const repository of await store.listRepositories()) {
    for (const tag of (await store.listTags(repository)) ?? []) {
      const manifest = await store.findManifest(repository, tag);
      expect(sha256(manifest?.bytes ?? ''), `${repository}:${tag}`).toBe(manifest?.digest);
      const { layers } = JSON.parse(Buffer.from(manifest?.bytes ?? []).toString());
      const blob = await store.findBlob(repository, layers[0].digest);
      const content = await blob?.read(0, layers[0].size - 1);
      expect(sha256(content as Uint8Array), `the layer of ${repository}:${tag}`).toBe(layers[0].digest);
    }
  }
  for (const number of acknowledged) {
    const tags = await store.listTags(`team/app${number % 3}`);
    if (number % 5 === 4) expect(tags).not.toContain(`t${number}`);
    else expect(tags).toContain(`t${number}`);
  }
  await store.close();
}
