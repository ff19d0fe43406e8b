import { type Cluster, loadCluster } from '../cluster/load-cluster.js';
import type { LoadedPod } from '../cluster/load-pod.js';
import type { ManifestError } from '../cluster/manifest-problem.js';
import type { ManifestInput } from '../cluster/read-manifests.js';
import { schedulePod } from '../cluster/scheduling.js';
import type { CheckReport, ReportedPod } from '../report/check-report.js';
import { ignoreFindings, ignoreInPod } from '../report/ignore-findings.js';
import { reportSource } from '../report/report-finding.js';
import { summarise } from '../report/summarise.js';
import { type AssumedSecret, assumeSecrets, parseAssumedSecret } from './assume-secrets.js';
import { type Duration, milliseconds } from './duration.js';
import { ignoredRulesOf } from './ignore-annotation.js';
import { hostsOf } from './image-knowledge.js';
import { type JudgeOptions, judgePods, type Placement } from './judge-pods.js';
import type { NodeLog } from './node-parts.js';
import { rejectedPod, unscheduledPod } from './report-homeless.js';
import { reportCause, reportWarning } from './report-warning.js';
import type { World, WorldNode } from './world.js';
import { readWorldInput, type WorldInput } from './world-input.js';

/** YAML or JSON text, an object as `@kubernetes/client-node` types it, or several of them. */
export type Manifests = string | object | readonly (string | object)[];

export interface CheckOptions {
  readonly manifests: Manifests;
  /** What exists outside the manifests; without one only what needs no registry is decided. */
  readonly world?: WorldInput;
  /** Time zero of the virtual clock; the wall clock's time by default. Only accounts and certificates that end look at it. */
  readonly now?: Date;
  /** Namespace of objects that name none; `default` by default. */
  readonly namespace?: string;
  /**
   * Shows the pods at this age instead of once they have settled: `'15m'`, `'90s'`, `'1h30m'`, or milliseconds. Then
   * each pod has its events as `kubectl describe pod` prints them.
   */
  readonly at?: Duration;
  /** Takes what the nodes' kubelets log: why a credential provider or a node's docker config gave nothing. */
  readonly log?: NodeLog;
  /**
   * Secrets that are not in the manifests, as `NAMESPACE/NAME=USER@REGISTRY`: their logins work wherever the world has
   * the account. Several for one secret are its entries.
   */
  readonly assumeSecrets?: readonly string[];
  /** Rules whose findings are set aside (`KEY03`). Verdicts stay; so does the annotation `pullsim/ignore` in manifests. */
  readonly ignore?: readonly string[];
}

/**
 * Judges every image of pods and workloads by really pulling it: each pod alone, on a fresh copy of each node that admits
 * it, until it settles.
 *
 * ```ts
 * const report = await check({ manifests: await readFile('deploy.yaml', 'utf8'), world: 'classroom' });
 * report.summary.failed;                       // 0: every image would be pulled
 * ```
 *
 * @throws {@link WorldError} when the world has mistakes; what is wrong in manifests is part of the report
 * @throws RangeError when `at` is no duration, or `assumeSecrets` cannot be read
 */
export async function check(options: CheckOptions): Promise<CheckReport> {
  return checkInputs(inputsOf(options.manifests), readWorldInput(options.world, 'none'), {
    now: options.now ?? new Date(),
    ...(options.namespace !== undefined && { namespace: options.namespace }),
    ...(options.at !== undefined && { atSeconds: Math.floor(milliseconds(options.at) / 1000) }),
    ...(options.ignore && { ignore: options.ignore }),
    ...(options.assumeSecrets && { assumed: options.assumeSecrets.map(parseAssumedSecret) }),
    ...(options.log && { log: options.log }),
  });
}

export interface CheckSettings {
  readonly now: Date;
  readonly namespace?: string;
  /** Input that could not even be read. */
  readonly errors?: readonly ManifestError[] | undefined;
  /** See {@link CheckOptions.at}, in whole seconds. */
  readonly atSeconds?: number | undefined;
  /** See {@link CheckOptions.log}. */
  readonly log?: NodeLog | undefined;
  /** Whether each pod has `steps`: the way to the decision. */
  readonly withSteps?: boolean;
  /** See {@link CheckOptions.assumeSecrets}. */
  readonly assumed?: readonly AssumedSecret[];
  /** See {@link CheckOptions.ignore}. */
  readonly ignore?: readonly string[];
}

/** As {@link check}, for inputs and a world that were read already. */
export async function checkInputs(
  given: readonly ManifestInput[],
  givenWorld: World,
  settings: CheckSettings,
): Promise<CheckReport> {
  const { inputs, world } = await assumeSecrets(settings.assumed ?? [], given, givenWorld);
  const cluster = loadCluster(inputs, {
    alwaysPullImages: world.alwaysPullImages,
    kubernetesVersion: world.kubernetesVersion,
    ...(settings.namespace !== undefined && { defaultNamespace: settings.namespace }),
  });
  const { atSeconds, log, withSteps } = settings;
  const pods = await reportPods(cluster, world, {
    start: wholeSeconds(settings.now),
    atSeconds,
    log,
    withSteps,
  });
  const report = checkReport(cluster, pods, { atSeconds, errors: settings.errors });
  return ignoreFindings(report, settings.ignore ?? []);
}

/** The report on the pods of a cluster, with what was noticed in its manifests. */
export const checkReport = (
  cluster: Pick<Cluster, 'errors' | 'warnings'>,
  pods: readonly ReportedPod[],
  { atSeconds, errors = [] }: Pick<CheckSettings, 'atSeconds' | 'errors'> = {},
): CheckReport => ({
  apiVersion: 'pullsim/v1',
  kind: 'CheckReport',
  ...(atSeconds !== undefined && { atSeconds }),
  summary: summarise(pods),
  errors: [...errors, ...cluster.errors].map(({ message, kind, source }) => ({
    message,
    kind,
    source: reportSource(source),
  })),
  findings: [...cluster.errors.flatMap(reportCause), ...cluster.warnings.map(reportWarning)],
  pods,
});

/** Events have a resolution of one second: a fraction would make the same input differ from run to run. */
export const wholeSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** Manifests of library users, named by their place in the list. */
export function inputsOf(manifests: Manifests): readonly ManifestInput[] {
  const list: readonly (string | object)[] = Array.isArray(manifests) ? manifests : [manifests];
  return list.map((manifest, index) => {
    const file = list.length === 1 ? 'manifests' : `manifests[${index}]`;
    return typeof manifest === 'string' ? { file, text: manifest } : { file, object: manifest };
  });
}

/** In the order of the manifests; a pod on several nodes comes once per node, in the order of the world. */
async function reportPods(
  cluster: Cluster,
  world: World,
  settings: Pick<JudgeOptions, 'start' | 'atSeconds' | 'log' | 'withSteps'>,
): Promise<ReportedPod[]> {
  const entries = cluster.pods.flatMap((loaded) => placementsOf(loaded, world, settings.atSeconds));
  const placements = entries.filter((entry): entry is Placement => !('report' in entry));
  const hosts = hostsOf(cluster.pods.flatMap(imagesOf));
  const judged = await judgePods(placements, { cluster, world, hosts, ...settings });
  return entries.map((entry) =>
    'report' in entry ? entry.report : ignoreInPod(judged.get(entry)!, ignoredRulesOf(entry.loaded)),
  );
}

/** Nothing to judge: the report is known at once. */
interface Told {
  readonly report: ReportedPod;
}

function placementsOf(
  loaded: LoadedPod,
  world: World,
  atSeconds: number | undefined,
): readonly (Placement | Told)[] {
  if (!loaded.admitted) return [{ report: rejectedPod(loaded) }];
  const { admitting, event } = schedulePod<WorldNode>(loaded.pod, world.nodes, world.kubernetesVersion);
  if (event !== undefined) return [{ report: unscheduledPod(loaded, event, world, atSeconds) }];
  return admitting.map((node) => ({ loaded, node: node.name }));
}

/** The images that a pod names, as written. */
export function imagesOf(loaded: LoadedPod): readonly string[] {
  if (!loaded.admitted) return [];
  const { containers, initContainers = [], ephemeralContainers = [], volumes = [] } = loaded.pod.spec;
  return [
    ...[...containers, ...initContainers, ...ephemeralContainers].map(({ image = '' }) => image),
    ...volumes.map(({ image }) => image?.reference ?? ''),
  ];
}
