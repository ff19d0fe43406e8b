import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerdReplay, startContainerdReplay } from '../support/probe/containerd-replay.js';
import {
  authOf,
  expectRecorded,
  type RecordedAuth,
  type RecordedCase,
  type RuntimeVectors,
} from '../support/probe/replay.js';

const readJson = (path: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')) as unknown;

interface Recording extends Omit<RecordedCase, 'auth' | 'present'> {
  readonly auth: RecordedAuth | null;
  readonly presentImage?: string;
}

const { cases } = readJson('containerd-1.6.20.json') as { readonly cases: readonly Recording[] };
const setup = readJson('../../fixtures/vectors/runtime.json') as RuntimeVectors & {
  clientSetup: RuntimeVectors['network'];
};

describe('containerd 1.6.20', () => {
  let containerd: ContainerdReplay;

  beforeAll(async () => {
    const vectors = { hosts: setup.hosts, network: setup.clientSetup };
    containerd = await startContainerdReplay(vectors, { release: 'containerd-1.6' });
  });
  afterAll(() => containerd.close());

  test('has recordings of what it does otherwise than 1.7', () => {
    expect(cases.length).toBeGreaterThan(20);
  });

  for (const { auth, presentImage, ...recording } of cases) {
    test(recording.name, async () => {
      const recorded: RecordedCase = {
        ...recording,
        auth: authOf(auth),
        ...(presentImage === undefined ? {} : { present: { image: presentImage, auth: null } }),
      };
      const result = await containerd.replay(recorded);
      expectRecorded(result, containerd.probe.requests, recorded);
    });
  }
});
