import { createCrio } from '../../../src/runtime/crio.js';
import { hostsDirectoryOf } from '../../../src/runtime/hosts-directory.js';
import { createImageStore } from '../../../src/runtime/image-store.js';
import type { PullResult } from '../../../src/runtime/pull.js';
import { parseRegistriesConf } from '../../../src/runtime/registries-conf.js';
import { dialProbe } from './network.js';
import { type RecordedCase, type RuntimeVectors, replayClock } from './replay.js';
import { type Probe, startProbe } from './server.js';

/** One CRI-O in front of one probe; each replay is a pull on a node of its own. */
export interface CrioReplay {
  readonly probe: Probe;
  replay(recorded: RecordedCase): Promise<PullResult>;
  close(): Promise<void>;
}

/** Starts a probe and a CRI-O configured as the recorded one. */
export async function startCrioReplay(
  vectors: Pick<RuntimeVectors, 'crio' | 'network'>,
  kubernetesVersion: string,
): Promise<CrioReplay> {
  const probe = await startProbe(new Date());
  let clock = probe.now;
  let patience = createPatience(vectors.crio.givesUpAfterSeconds);
  const runtime = createCrio({
    kubernetesVersion,
    platform: { os: 'linux', architecture: 'amd64' },
    registries: parseRegistriesConf(registriesText(vectors.crio)),
    certificates: hostsDirectoryOf(
      Object.fromEntries(vectors.crio.trustsProbeCA.map((host) => [`${host}/ca.crt`, probe.ca])),
    ),
    dial: dialProbe(probe, vectors.network),
    now: () => clock(),
    sleep: async (milliseconds) => patience.wait(milliseconds),
  });
  return {
    probe,
    async replay(recorded) {
      patience = createPatience(vectors.crio.givesUpAfterSeconds);
      const node = runtime.withStore(createImageStore());
      if (recorded.present !== undefined) await node.pull(recorded.present.image, recorded.present);
      probe.reset();
      clock = replayClock(recorded, probe);
      const pull = node.pull(recorded.image, { auth: recorded.auth, signal: patience.signal });
      if (recorded.clientGaveUp) void probe.hung.then(() => patience.lose());
      return pull;
    },
    async close() {
      runtime.close();
      await probe.close();
    },
  };
}

/** The recording client went away when CRI-O had waited for so long. */
function createPatience(seconds: number) {
  const gaveUp = new AbortController();
  let waitedMs = 0;
  return {
    signal: gaveUp.signal,
    lose: () => gaveUp.abort(),
    wait(milliseconds: number) {
      waitedMs += milliseconds;
      if (waitedMs >= seconds * 1000) gaveUp.abort();
    },
  };
}

function registriesText({ unqualifiedSearch, mirrors }: RuntimeVectors['crio']): string {
  const registries = Object.entries(mirrors).map(
    ([host, mirror]) => `[[registry]]\nlocation = "${host}"\n[[registry.mirror]]\nlocation = "${mirror}"\n`,
  );
  return [`unqualified-search-registries = ${JSON.stringify(unqualifiedSearch)}\n`, ...registries].join('');
}
