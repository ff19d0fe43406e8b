import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContainerd } from '../../src/runtime/containerd.js';
import { hostsDirectoryOf } from '../../src/runtime/hosts-directory.js';
import { createImageStore } from '../../src/runtime/image-store.js';
import type { Runtime } from '../../src/runtime/pull.js';
import type { ContainerdRelease } from '../../src/versions/containerd.js';
import { dialProbe } from '../support/probe/network.js';
import {
  expectRecorded,
  recordedCases,
  replayClock,
  runtimeVectors,
  sawCustomHeader,
} from '../support/probe/replay.js';
import { type Probe, startProbe } from '../support/probe/server.js';

const vectors = runtimeVectors();

describe.each(['containerd-2.3', 'containerd-1.7'] satisfies ContainerdRelease[])('%s', (release) => {
  let probe: Probe;
  let runtime: Runtime;
  let clock: () => Date;

  beforeAll(async () => {
    probe = await startProbe(new Date());
    clock = probe.now;
    runtime = createContainerd({
      release,
      platform: { os: 'linux', architecture: 'amd64' },
      hosts: hostsDirectoryOf(hostsFiles(probe.ca)),
      dial: dialProbe(probe, vectors.network),
      now: () => clock(),
      sleep: async () => {},
      timeouts: release === 'containerd-2.3' ? { responseHeaderMs: 300 } : {},
    });
  });
  afterAll(async () => {
    runtime.close();
    await probe.close();
  });

  test('the recordings were read', () => {
    expect(vectors.isBundled ? recordedCases(vectors, release).length : 1).toBeGreaterThan(0);
  });

  for (const recorded of recordedCases(vectors, release)) {
    test(recorded.name, async () => {
      const node = runtime.withStore(createImageStore());
      if (recorded.present !== undefined) await node.pull(recorded.present.image, recorded.present);
      probe.reset();
      clock = replayClock(recorded, probe);
      const gaveUp = new AbortController();
      const pull = node.pull(recorded.image, { auth: recorded.auth, signal: gaveUp.signal });
      if (recorded.clientGaveUp) void probe.hung.then(() => gaveUp.abort());
      expectRecorded(await pull, probe.requests, recorded);
      expect(sawCustomHeader(probe, recorded)).toBe(true);
    });
  }
});

/** A directory per host of the recordings, with the probe's CA in each. */
function hostsFiles(ca: string): Record<string, string> {
  const { caOnly, hostsToml } = vectors.hosts;
  const authorities = [...caOnly, ...Object.keys(hostsToml)].map((host) => [`${host}/ca.crt`, ca]);
  const configured = Object.entries(hostsToml).map(([host, text]) => [`${host}/hosts.toml`, text]);
  return Object.fromEntries([...authorities, ...configured]) as Record<string, string>;
}
