import type { LoadedPod } from '../cluster/load-pod.js';
import type { Pod } from '../cluster/objects.js';
import { schedulePod } from '../cluster/scheduling.js';
import type { ImageService } from '../kubelet/image-service.js';
import type { Kubelet } from '../kubelet/kubelet.js';
import { createSyncLoop, type SyncedPod, type SyncLoop, syncDelaysMs } from '../kubelet/sync-loop.js';
import type { PodPullSecrets } from '../kubelet/sync-pod.js';
import type { CheckReport, ReportedEvent, ReportedPod } from '../report/check-report.js';
import { checkReport, imagesOf, inputsOf, type Manifests, wholeSeconds } from './check.js';
import { type Duration, milliseconds } from './duration.js';
import { hostsOf, imageKnowledge } from './image-knowledge.js';
import { createMockNetwork, type MockNetwork } from './mock-network.js';
import type { AdmittedPod } from './pod-facts.js';
import { type KnownSecrets, knownSecrets, pullSecretsOn } from './pod-secrets.js';
import { reportFacts } from './report-facts.js';
import { rejectedPod, unscheduledPod } from './report-homeless.js';
import { type ReportFacts, reportPod } from './report-pod.js';
import { createSimulatedApi, type PodChange, type SimulatedApi } from './simulated-api.js';
import { createSimulatedNode, type SimulatedNode } from './simulated-node.js';
import { createSimulatorClock, type SimulatorClock } from './simulator-clock.js';
import type { World, WorldNode } from './world.js';
import { readWorldInput, type WorldInput } from './world-input.js';

export interface SimulatorOptions {
  /** What exists outside the manifests; without one only what needs no registry is decided. */
  readonly world?: WorldInput;
  /**
   * `virtual`, the default: time passes by {@link Simulator.advance} alone. `wall`: it passes by itself, pods are synced as
   * it goes, and `advance` is refused.
   */
  readonly clock?: 'virtual' | 'wall';
  /** Where a virtual clock starts; the wall clock's time by default. */
  readonly now?: Date;
  /** Namespace of objects that name none; `default` by default. */
  readonly namespace?: string;
  /**
   * A container runtime of your own for each node, in place of real pulls from the world's registries.
   *
   * @param node its name
   */
  readonly imageService?: (node: string) => ImageService;
}

/** A cluster of simulated nodes whose pods, images and pull records live on. */
export interface Simulator extends AsyncDisposable {
  /** The time in the cluster. */
  now(): Date;
  /**
   * As `kubectl apply -f`: creates what is new and edits what is there. Resolves when each new pod has had its first sync:
   * its images were pulled or refused. Edited secrets keep their UID and count from the next sync on; an edited image lets
   * its container start anew; a workload with a new template gets a new pod. Mistakes are in the report.
   */
  apply(manifests: Manifests): Promise<void>;
  /** As `kubectl delete -f`. An object that is created again has another UID. Images and pull records stay on the nodes. */
  delete(manifests: Manifests): Promise<void>;
  /**
   * Kills the containers of a pod. A second later its kubelet starts them again, as the restart policy says, and asks for
   * their images anew. Crash loops are not simulated.
   *
   * @param pod `web`, or `shop/web` in another namespace
   * @throws RangeError when there is no such pod on a node
   */
  restart(pod: string): Promise<void>;
  /**
   * Lets time pass: `'15m'`, `'12h'`, or milliseconds. Pods are synced as their kubelets would, credentials end, tokens
   * expire.
   *
   * @throws RangeError when it is no duration; TypeError on the wall clock
   */
  advance(duration: Duration): Promise<void>;
  /** Every pod as a person sees it now, with its events as `kubectl describe pod` prints them. */
  report(): CheckReport;
  /** The events of a pod, oldest first. @throws RangeError when there is no such pod */
  events(pod: string): readonly ReportedEvent[];
  /** The `Events:` section of `kubectl describe pod`. @throws RangeError when there is no such pod */
  describe(pod: string): string;
  /** Ends registries and timers. Calling it twice is no mistake. */
  close(): Promise<void>;
}

/**
 * Starts a cluster whose nodes are shared by all pods, as real ones are: images that one pod pulled are there for the
 * next, if it may use them. A pod runs on the node with the fewest pods among those that admit it, a DaemonSet's on each.
 * Pods are synced at once, when their sandbox or a container came up (1 s), every 12.5 s while something fails, and every
 * 75 s otherwise: what the kubelet waits, at the mean of its jitter.
 *
 * ```ts
 * await using simulator = createSimulator({ world: 'classroom' });
 * await simulator.apply(manifests);
 * await simulator.advance('12h');
 * console.log(simulator.describe('web'));
 * ```
 *
 * @throws {@link WorldError} when the world has mistakes
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const cluster = createCluster(options);
  const { clock, loop, api } = cluster;
  let last: Promise<unknown> = Promise.resolve();
  /** One thing after another, whoever asks. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const turn = last.then(step);
    last = turn.catch(() => undefined);
    return turn;
  };
  const catchUp = () => loop.runUntil(clock.now().getTime());
  const ticking = clock.tick(() => inTurn(catchUp), loop.nextMs);
  /** What has happened up to now first, then a change, then what comes of it at once. */
  const change = (step: () => void | Promise<void>) =>
    inTurn(async () => {
      await catchUp();
      loop.edited();
      await step();
      await catchUp();
      ticking.rearm();
    });

  const close = async () => {
    ticking.stop();
    await last;
    for (const { node } of cluster.nodes) node.close();
    await cluster.network.close();
  };
  return {
    now: clock.now,
    apply: (manifests) =>
      change(async () => {
        const changes = api.apply(inputsOf(manifests));
        await cluster.network.open(hostsOf(api.cluster().pods.flatMap(imagesOf)));
        changePods(changes, cluster);
      }),
    delete: (manifests) => change(() => changePods(api.delete(inputsOf(manifests)), cluster)),
    restart: (name) => change(() => restartPod(name, cluster)),
    advance: async (duration) => {
      const ms = milliseconds(duration);
      if (!clock.isVirtual)
        throw new TypeError('the simulator runs on the wall clock, which cannot be advanced');
      await inTurn(() => loop.runUntil(clock.now().getTime() + ms));
    },
    report: () => reportAll(cluster),
    events: (name) => reportPods(findPods(name, cluster), cluster).flatMap(({ events }) => events),
    describe: (name) =>
      reportPods(findPods(name, cluster), cluster)
        .map((pod) => (pod.describe ?? []).join('\n'))
        .join('\n\n'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A pod of the simulation, on a node or waiting for one. */
type SimulatedPod =
  | PlacedPod
  | { readonly key: string; readonly loaded: LoadedPod; readonly createdMs: number };

interface PlacedPod extends SyncedPod {
  readonly key: string;
  loaded: AdmittedPod;
  pod: Pod;
  secrets: PodPullSecrets;
  readonly node: SimulatedNode;
  readonly kubelet: Kubelet;
  readonly createdMs: number;
}

interface NamedNode {
  readonly world: WorldNode;
  readonly node: SimulatedNode;
}

interface SimulatedCluster {
  readonly world: World;
  readonly namespace: string;
  readonly clock: SimulatorClock;
  readonly network: MockNetwork;
  readonly nodes: readonly NamedNode[];
  readonly api: SimulatedApi;
  readonly loop: SyncLoop<PlacedPod>;
  pods: readonly SimulatedPod[];
}

function createCluster(options: SimulatorOptions): SimulatedCluster {
  const world = readWorldInput(options.world, 'none');
  const namespace = options.namespace ?? 'default';
  const clock = createSimulatorClock(options.clock ?? 'virtual', wholeSeconds(options.now ?? new Date()));
  const { kubernetesVersion, alwaysPullImages } = world;
  const api = createSimulatedApi({ defaultNamespace: namespace, kubernetesVersion, alwaysPullImages });
  const network = createMockNetwork(world, {
    now: clock.now,
    throttles: !clock.isVirtual,
    // Ordered latency passes on the virtual clock, which stands still during a pull.
    ...(clock.isVirtual && { sleep: async () => undefined }),
  });
  const shared = { world, dial: network.dial, now: clock.now, knowledge: imageKnowledge(world) };
  const nodes = world.nodes.map((node) => ({
    world: node,
    node: createSimulatedNode(node, {
      ...shared,
      stoppedClock: clock.isVirtual,
      imageService: options.imageService?.(node.name),
      findServiceAccount: (space, name) => findAccount(api, space, name),
    }),
  }));
  const loop = createSyncLoop<PlacedPod>(clock);
  return { world, namespace, clock, network, nodes, api, loop, pods: [] };
}

const findAccount = (api: SimulatedApi, namespace: string, name: string) =>
  api
    .cluster()
    .serviceAccounts.map(({ object }) => object)
    .find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);

function changePods(changes: readonly PodChange[], cluster: SimulatedCluster): void {
  const known = knownSecrets(cluster.api.cluster());
  for (const change of changes) {
    if (change.change === 'created') createPods(change.key, change.loaded, known, cluster);
    else if (change.change === 'deleted') deletePods(change.key, cluster);
    else editPods(change.key, change.pod, cluster);
  }
  for (const pod of cluster.pods) if (isPlaced(pod)) pod.secrets = pullSecretsOn(pod.pod, known);
}

const isPlaced = (pod: SimulatedPod): pod is PlacedPod => 'kubelet' in pod;

function createPods(key: string, loaded: LoadedPod, known: KnownSecrets, cluster: SimulatedCluster): void {
  const createdMs = cluster.clock.now().getTime();
  const nodes = loaded.admitted ? placesOf(loaded, cluster) : [];
  if (!loaded.admitted || nodes.length === 0) {
    cluster.pods = [...cluster.pods.filter((pod) => pod.key !== key), { key, loaded, createdMs }];
    return;
  }
  const { pod } = loaded;
  const placed = nodes.map(({ node }): PlacedPod => {
    const secrets = pullSecretsOn(pod, known);
    return { key, loaded, pod, secrets, node, kubelet: node.kubelet, createdMs };
  });
  cluster.pods = [...cluster.pods.filter((other) => other.key !== key), ...placed];
  for (const each of placed) cluster.loop.add(each, createdMs);
}

/** A DaemonSet has a pod on every node that admits it; any other pod goes where the fewest are. */
function placesOf(
  { pod, owner }: AdmittedPod,
  { nodes, world, pods }: SimulatedCluster,
): readonly NamedNode[] {
  const { admitting } = schedulePod<WorldNode>(pod, world.nodes, world.kubernetesVersion);
  const places = nodes.filter((node) => admitting.includes(node.world));
  if (owner?.startsWith('DaemonSet/')) return places;
  const load = ({ node }: NamedNode) => pods.filter((other) => isPlaced(other) && other.node === node).length;
  return [...places].sort((a, b) => load(a) - load(b)).slice(0, 1);
}

function deletePods(key: string, cluster: SimulatedCluster): void {
  for (const pod of cluster.pods) {
    if (pod.key !== key || !isPlaced(pod)) continue;
    cluster.loop.remove(pod);
    pod.kubelet.forget(pod.pod);
  }
  cluster.pods = cluster.pods.filter((pod) => pod.key !== key);
}

/** The kubelet looks at an edited pod at once, and replaces the containers whose image is another. */
function editPods(key: string, edited: Pod, cluster: SimulatedCluster): void {
  for (const pod of cluster.pods) {
    if (pod.key !== key || !isPlaced(pod)) continue;
    const containersOf = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers];
    const images = new Map(containersOf(pod.pod).map(({ name, image }) => [name, image]));
    const changed = containersOf(edited).filter(({ name, image }) => images.get(name) !== image);
    pod.pod = edited;
    pod.loaded = { ...pod.loaded, pod: edited };
    pod.kubelet.killContainers(
      edited,
      changed.map(({ name }) => name),
    );
    cluster.loop.wake(pod, cluster.clock.now().getTime(), changed.length > 0);
  }
}

function restartPod(name: string, cluster: SimulatedCluster): void {
  const placed = findPods(name, cluster).filter(isPlaced);
  if (placed.length === 0) throw new RangeError(`pod "${name}" is on no node`);
  for (const pod of placed) {
    pod.kubelet.killContainers(pod.pod);
    cluster.loop.wake(pod, cluster.clock.now().getTime() + syncDelaysMs.afterStart);
  }
}

function findPods(name: string, { pods, namespace }: SimulatedCluster): readonly SimulatedPod[] {
  const full = name.includes('/') ? name : `${namespace}/${name}`;
  const found = pods.filter(({ loaded }) => `${loaded.namespace}/${loaded.name}` === full);
  if (found.length > 0) return found;
  const names = pods.map(({ loaded }) => `${loaded.namespace}/${loaded.name}`);
  throw new RangeError(`there is no pod "${full}"; there are: ${names.join(', ') || 'none'}`);
}

const reportAll = (cluster: SimulatedCluster): CheckReport =>
  checkReport(cluster.api.cluster(), reportPods(cluster.pods, cluster));

function reportPods(pods: readonly SimulatedPod[], cluster: SimulatedCluster): readonly ReportedPod[] {
  const { api, world, loop, clock } = cluster;
  loop.catchUp(clock.now().getTime());
  const facts = reportFacts(api.cluster(), world);
  return pods.map((pod) => reportOne(pod, facts, cluster));
}

function reportOne(pod: SimulatedPod, facts: ReportFacts, { world, clock }: SimulatedCluster): ReportedPod {
  const { loaded, createdMs } = pod;
  const ageSeconds = Math.floor(clock.now().getTime() / 1000) - Math.floor(createdMs / 1000);
  if (!loaded.admitted) return rejectedPod(loaded);
  if (!isPlaced(pod)) {
    const { event } = schedulePod<WorldNode>(loaded.pod, world.nodes, world.kubernetesVersion);
    return unscheduledPod(loaded, event!, world, ageSeconds);
  }
  const observed = { ...pod, node: pod.node.parts, created: new Date(createdMs) };
  return reportPod(observed, facts, ageSeconds);
}
