import { describe, expect, test } from 'vitest';
import { createPullManager, podPullCredentials, recoverPullIntents } from '../../src/kubelet/pull-manager.js';
import { createPullRecordMemory, type RecordedSecret } from '../../src/kubelet/pull-records.js';
import { createVerificationPolicy } from '../../src/kubelet/verification-policy.js';
import { containerOf, nodeStart, podOf, secretOf, startNode, withSecrets } from '../support/node.js';

const policy = createVerificationPolicy('AlwaysVerify', [], 'as-spelled');
const now = () => nodeStart;
const secret = (name: string, credentialHash: string): RecordedSecret => ({
  uid: `uid-${name}`,
  namespace: 'default',
  name,
  credentialHash,
});

function prepare(secrets: readonly RecordedSecret[], names: 'as-spelled' | 'normalised' = 'as-spelled') {
  const store = createPullRecordMemory();
  store.writeRecord({
    lastUpdatedTime: '2026-01-01T00:00:00Z',
    imageRef: 'id',
    credentialMapping: { 'reg.io/app': { kubernetesSecrets: secrets } },
  });
  const options = { store, policy, names, now };
  const manager = createPullManager(options);
  const mustPull = (shown: readonly RecordedSecret[]) =>
    manager.mustAttemptImagePull('reg.io/app:1', 'id', async () => ({
      secrets: shown,
      serviceAccount: null,
    }));
  const recorded = () => store.record('id')?.credentialMapping?.['reg.io/app']?.kubernetesSecrets;
  return { store, options, manager, mustPull, recorded };
}

describe('verification of a present image', () => {
  test('accepts the same credential in another secret, and remembers that secret', async () => {
    const { mustPull, recorded } = prepare([secret('a', 'h')]);
    expect(await mustPull([secret('b', 'h')])).toBe(false);
    expect(recorded()).toEqual([secret('a', 'h'), secret('b', 'h')]);
  });

  test('learns nothing more at a hundred secrets, and then an edited secret is not enough', async () => {
    const many = Array.from({ length: 100 }, (_, index) => secret(`s${index}`, `h${index}`));
    const { mustPull, recorded } = prepare(many);
    expect(await mustPull([secret('new', 'h7')])).toBe(false);
    expect(await mustPull([secret('s7', 'edited')])).toBe(true);
    expect(await mustPull([secret('s7', 'edited'), secret('s8', 'h8')])).toBe(false);
    expect(recorded()).toEqual(many);
  });

  test('never takes two empty hashes for equal', async () => {
    const { mustPull } = prepare([secret('a', '')]);
    expect(await mustPull([secret('b', '')])).toBe(true);
  });

  test('pulls when the record cannot be read', async () => {
    const { store, options } = prepare([]);
    const damaged = {
      ...store,
      record: () => {
        throw new Error('damaged');
      },
    };
    const manager = createPullManager({ ...options, store: damaged });
    const credentials = async () => ({ secrets: [], serviceAccount: null });
    expect(await manager.mustAttemptImagePull('reg.io/app:1', 'id', credentials)).toBe(true);
  });

  test('takes only the first service account that the credentials name', () => {
    const account = (name: string) => ({ namespace: 'ns', name, uid: name });
    const credential = (name: string) => ({
      username: '',
      password: '',
      email: '',
      key: '',
      indexKey: '',
      hash: '',
      source: { kind: 'provider', provider: 'p', serviceAccount: account(name) } as const,
    });
    expect(podPullCredentials([credential('a'), credential('b')]).serviceAccount).toEqual(account('a'));
  });
});

describe('pull records', () => {
  const registry = {
    images: [
      { ref: 'nginx', id: 'sha256:b2', size: 1 },
      { ref: 'nginx:latest', id: 'sha256:b2', size: 1 },
    ],
  };

  test.each([
    ['1.36', 'nginx'],
    ['1.35', 'docker.io/library/nginx'],
  ])('of %s name nginx %s', async (version, name) => {
    const records = createPullRecordMemory();
    const node = startNode({ version, registry, records });
    await node.sync(podOf({ containers: [containerOf('nginx')] }), 0);
    expect(records.records()).toEqual([
      {
        lastUpdatedTime: '2026-01-01T00:00:00Z',
        imageRef: 'sha256:b2',
        credentialMapping: { [name]: { nodePodsAccessible: true } },
      },
    ]);
  });

  test('keep their intent when they cannot be written, so that the image counts as pulled', async () => {
    const memory = createPullRecordMemory();
    const records = {
      ...memory,
      writeRecord: () => {
        throw new Error('disk full');
      },
    };
    const node = startNode({ registry, records });
    expect(await node.sync(podOf({ containers: [containerOf('nginx')] }), 0)).toContain(
      'app Started: Container started',
    );
    expect(memory.intents()).toEqual(['nginx']);
  });

  test('are left alone by intents whose short name no image bears', () => {
    const { store, options } = prepare([]);
    store.writeIntent('nginx');
    recoverPullIntents(options, [{ id: 'sha256:b2', names: ['docker.io/library/nginx:latest'] }]);
    expect(store.intents()).toEqual(['nginx']);
  });

  test('keep the secret of a public image that was pulled with one, until somebody pulls without', async () => {
    const records = createPullRecordMemory();
    const node = startNode({ registry, records });
    const hub = withSecrets(secretOf({ auths: { 'docker.io': { username: 'a', password: 'b' } } }));
    await node.sync(podOf({ containers: [containerOf('nginx')] }, 'first'), 0, hub);
    expect(records.records()[0]?.credentialMapping?.nginx).toMatchObject({
      kubernetesSecrets: [{ name: 'regcred' }],
    });
    expect(await node.sync(podOf({ containers: [containerOf('nginx')] }, 'second'), 1)).toContain(
      'app Pulling: Pulling image "nginx"',
    );
    expect(records.records()[0]?.credentialMapping?.nginx).toEqual({ nodePodsAccessible: true });
  });
});
