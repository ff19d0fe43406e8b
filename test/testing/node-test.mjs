// Run by runners.test.ts under node:test, as a user of the built package would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, registryBuilder } from 'pullsim';
import { assertFailsToPull, assertPullsAllImages, assertUsesCredential } from 'pullsim/assert';
import { breakSecret } from 'pullsim/mutators';

const builder = registryBuilder('registry.example.com')
  .withUser('ci', 'a-password')
  .withPrivateRepository('team/app', { tags: ['1.0'], pull: ['ci'] });
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    imagePullSecrets: [{ name: 'regcred' }],
    containers: [{ name: 'app', image: 'registry.example.com/team/app:1.0' }],
  },
};

/** `await using` needs a compiler or a newer Node; `t.after` is node:test's own way. */
async function started(t) {
  const registry = await builder.start();
  t.after(() => registry.stop());
  return registry;
}

test('a good secret pulls, a broken one is explained', async (t) => {
  const registry = await started(t);
  const secret = registry.pullSecret('ci');
  const world = builder.world();
  const good = await check({ manifests: [secret, pod], world });
  assertPullsAllImages(good);
  assertUsesCredential(good, 'default/regcred');
  const bad = await check({ manifests: [breakSecret(secret, 'KEY03'), pod], world });
  assertFailsToPull(bad, 'app', { rule: 'KEY03', reason: 'ErrImagePull' });
  assert.throws(() => assertPullsAllImages(bad), /KEY03/);
});

test('a live registry counts requests and forgets them', async (t) => {
  const registry = await started(t);
  assert.equal((await fetch(`${registry.url}/v2/`)).status, 401);
  assert.equal(registry.requests.length, 1);
  await registry.reset();
  assert.equal(registry.requests.length, 0);
});
