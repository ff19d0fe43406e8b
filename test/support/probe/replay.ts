import { expect } from 'vitest';
import type { AuthConfig, PullResult } from '../../../src/runtime/pull.js';
import { vectorFile } from '../vectors.js';
import type { ProbeNetwork } from './network.js';
import type { Probe } from './server.js';

/** What a scenario asks, and what one runtime did. */
export interface RecordedCase {
  readonly name: string;
  readonly image: string;
  readonly auth: AuthConfig | null;
  /** Scenario whose image the node holds before. */
  readonly present?: { readonly image: string; readonly auth: AuthConfig | null };
  readonly code?: string;
  readonly desc?: string;
  readonly kubeletEvent?: string;
  readonly imageRef?: string;
  readonly requests: readonly string[];
  /** The recording client lost its patience: only the requests until then count. */
  readonly clientGaveUp?: boolean;
}

interface Scenario {
  readonly image: string;
  readonly auth: RecordedAuth | null;
}

/** CRI AuthConfig as recorded. */
export interface RecordedAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly server_address?: string;
  readonly identity_token?: string;
}

export interface RuntimeVectors {
  /** False where `PULLSIM_VECTORS` names a folder without this file. */
  readonly isBundled: boolean;
  readonly scenarios: Readonly<Record<string, Scenario>>;
  readonly recorded: Readonly<
    Record<string, Readonly<Record<string, Omit<RecordedCase, 'name' | 'image' | 'auth'>>>>
  >;
  readonly present: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly hosts: {
    readonly caOnly: readonly string[];
    readonly hostsToml: Readonly<Record<string, string>>;
  };
  readonly network: ProbeNetwork;
  readonly crio: {
    readonly unqualifiedSearch: readonly string[];
    readonly mirrors: Readonly<Record<string, string>>;
    readonly trustsProbeCA: readonly string[];
    readonly givesUpAfterSeconds: number;
  };
}

export function runtimeVectors(): RuntimeVectors {
  const file = vectorFile('runtime') as Record<string, unknown> | undefined;
  const { scenarios = {}, recorded = {}, present = {}, hosts, clientSetup } = file ?? {};
  const setup = (clientSetup ?? {}) as Record<string, unknown>;
  return {
    isBundled: file !== undefined && process.env.PULLSIM_VECTORS === undefined,
    scenarios,
    recorded,
    present,
    hosts: hosts ?? { caOnly: [], hostsToml: {} },
    network: { nxdomain: [], blackhole: {}, ...setup },
    crio: { unqualifiedSearch: [], mirrors: {}, trustsProbeCA: [], ...(setup.crio as object) },
  } as unknown as RuntimeVectors;
}

export function recordedCases(vectors: RuntimeVectors, runtime: string): readonly RecordedCase[] {
  return Object.entries(vectors.recorded[runtime] ?? {}).map(([name, recorded]) => {
    const scenario = askedOf(vectors, name);
    const before = vectors.present[runtime]?.[name];
    return {
      ...recorded,
      ...scenario,
      name,
      ...(before === undefined ? {} : { present: askedOf(vectors, before) }),
    };
  });
}

function askedOf(vectors: RuntimeVectors, name: string): { image: string; auth: AuthConfig | null } {
  const scenario = vectors.scenarios[name];
  if (scenario === undefined) throw new Error(`runtime.json: no scenario is called ${name}`);
  return { image: scenario.image, auth: authOf(scenario.auth) };
}

/** CRI's names to ours. */
export function authOf(recorded: RecordedAuth | null): AuthConfig | null {
  if (recorded === null) return null;
  const { server_address: serverAddress, identity_token: identityToken, ...auth } = recorded;
  return {
    ...auth,
    ...(serverAddress === undefined ? {} : { serverAddress }),
    ...(identityToken === undefined ? {} : { identityToken }),
  };
}

/** The texts about expired certificates name the time; everything else runs on the probe's clock. */
export function replayClock({ desc }: RecordedCase, probe: Probe): () => Date {
  const recordedTime = /current time (\S+) is after/.exec(desc ?? '')?.[1];
  return recordedTime === undefined ? probe.now : () => new Date(recordedTime);
}

/** Compares everything that the recording holds and its file does not exclude. */
export function expectRecorded(
  result: PullResult,
  requests: readonly string[],
  recorded: RecordedCase,
): void {
  if (recorded.clientGaveUp === true) {
    expect(requests).toEqual(recorded.requests);
    return;
  }
  expect(withoutChance(outcomeOf(result, recorded))).toEqual(withoutChance(recordedOutcome(recorded)));
  expect(comparable(requests, recorded)).toEqual(comparable(recorded.requests, recorded));
}

/** CRI-O's temporary directories have random numbers. */
const withoutChance = (outcome: Outcome): unknown =>
  JSON.parse(JSON.stringify(outcome).replace(/container_images_storage\d+/g, 'container_images_storageN'));

interface Outcome {
  readonly code?: string;
  readonly desc?: string;
  readonly kubeletEvent?: string;
  readonly imageRef?: string;
}

const recordedOutcome = ({ code, desc, kubeletEvent, imageRef }: RecordedCase): Outcome =>
  withoutUndefined({ code, desc, kubeletEvent, imageRef });

function outcomeOf(result: PullResult, { image, name, code: recordedCode }: RecordedCase): Outcome {
  if (result.ok) return { imageRef: result.imageRef };
  // A dial time-out has either code, by a race in Go.
  const eitherCode =
    name === 'blackhole-dial-timeout' && ['Unknown', 'DeadlineExceeded'].includes(result.code);
  const code = eitherCode ? (recordedCode ?? result.code) : result.code;
  const desc = result.description;
  return { code, desc, kubeletEvent: kubeletEvent(image, code, desc) };
}

/** kubelet.md §5.3: only the code Unknown is left out. */
function kubeletEvent(image: string, code: string, desc: string): string {
  const error = code === 'Unknown' ? desc : `rpc error: code = ${code} desc = ${desc}`;
  return `Failed to pull image "${image}": ${error}`;
}

/** Images whose parts are fetched in parallel: their order is chance. */
const parallel = ['index-2amd', 'layer-mt', 'helm'];

function comparable(requests: readonly string[], { name }: RecordedCase): readonly (readonly string[])[] {
  if (!parallel.includes(name)) return [requests];
  const root = requests.findIndex((line) => /^GET \S+\/manifests\//.test(line));
  const isParallel = (line: string, index: number) =>
    line.startsWith('GET ') && (line.includes('/blobs/') || (line.includes('/manifests/') && index > root));
  const inOrder = requests.filter((line, index) => !isParallel(line, index));
  return [inOrder, requests.filter(isParallel).sort()];
}

const withoutUndefined = (outcome: { [K in keyof Outcome]: Outcome[K] | undefined }): Outcome =>
  Object.fromEntries(Object.entries(outcome).filter(([, value]) => value !== undefined));

/** The recordings hold no other header, but these two cases set one in their hosts file. */
export function sawCustomHeader(probe: Probe, { name }: RecordedCase): boolean {
  if (name !== 'mirror-header' && name !== 'mf-hdr') return true;
  const toMirror = probe.headers.filter(({ host }) => host === 'mirror.example.com');
  return toMirror.length > 0 && toMirror.every((headers) => headers['x-custom'] === 'one');
}
