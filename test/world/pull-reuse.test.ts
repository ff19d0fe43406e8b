import { expect, test } from 'vitest';
import { createImageStore, type ImageStore } from '../../src/runtime/image-store.js';
import type { Runtime } from '../../src/runtime/pull.js';
import { createPuller } from '../../src/world/pull-reuse.js';

/** A runtime whose pulls work for everybody but `mallory`, and are counted. */
function countingRuntime() {
  const pulls: string[] = [];
  const over = (store: ImageStore): Runtime => ({
    store,
    async pull(image, { auth } = {}) {
      pulls.push(`${image} ${auth?.username ?? 'anonymous'}`);
      if (auth?.username === 'mallory')
        return { ok: false, code: 'Unknown', description: 'no', failure: { kind: 'other' }, exchanges: [] };
      store.add({ images: [[image, { id: 'sha256:1', sizeBytes: 1 }]] });
      return {
        ok: true,
        imageRef: 'sha256:1',
        reference: image,
        digest: 'sha256:2',
        sizeBytes: 1,
        exchanges: [],
      };
    },
    status: (image) => store.image(image),
    withStore: over,
    close: () => undefined,
  });
  return { runtime: over(createImageStore()), pulls };
}

const fresh = () => ({ store: createImageStore(), state: '' });
const alice = { username: 'alice', password: 'a' };

test('an equal pull is done once, also while the first is under way', async () => {
  const { runtime, pulls } = countingRuntime();
  const puller = createPuller(runtime, () => '');
  const [first, second] = await Promise.all([puller('a', alice, fresh()), puller('a', alice, fresh())]);
  const third = await puller('a', { ...alice }, fresh());
  expect(pulls).toEqual(['a alice']);
  expect([second.result, third.result]).toEqual([first.result, first.result]);
});

test('another reference, credential, node state or registry state is another pull', async () => {
  const { runtime, pulls } = countingRuntime();
  let state = '1';
  const puller = createPuller(runtime, () => state);
  const { after } = await puller('a', alice, fresh());
  await puller('b', alice, fresh());
  await puller('a', { ...alice, password: 'b' }, fresh());
  await puller('a', null, fresh());
  await puller('a', alice, after);
  state = '2';
  await puller('a', alice, fresh());
  expect(pulls).toEqual(['a alice', 'b alice', 'a alice', 'a anonymous', 'a alice', 'a alice']);
});

test('the images of one pod are not those of the next', async () => {
  const { runtime } = countingRuntime();
  const puller = createPuller(runtime, () => '');
  const before = fresh();
  const { after } = await puller('a', alice, before);
  expect(after.store.image('a')).toBeDefined();
  expect(before.store.image('a')).toBeUndefined();
});

test('a pull that fails leaves the node as it was', async () => {
  const { runtime } = countingRuntime();
  const before = fresh();
  const { result, after } = await createPuller(runtime, () => '')(
    'a',
    { username: 'mallory', password: 'm' },
    before,
  );
  expect(result.ok).toBe(false);
  expect(after).toBe(before);
});

test('nothing is reused where every request changes what the registry answers', async () => {
  const { runtime, pulls } = countingRuntime();
  const puller = createPuller(runtime, () => undefined);
  await puller('a', alice, fresh());
  await puller('a', alice, fresh());
  expect(pulls.length).toBe(2);
});
