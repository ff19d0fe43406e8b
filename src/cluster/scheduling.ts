import { minorOf } from '../versions/api-server.js';
import { meetsRequirement } from './label-selector.js';
import type { NodeSelectorTerm, Pod, PodSpec } from './objects.js';

/** What the scheduler sees of a node. */
export interface SchedulableNode {
  readonly name: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** Beside those that the kubelet sets from name and platform. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The nodes that admit a pod, in their order; an event when there is none. */
export interface Scheduling<N extends SchedulableNode> {
  readonly admitting: readonly N[];
  readonly event?: {
    readonly type: 'Warning';
    readonly reason: 'FailedScheduling';
    readonly message: string;
  };
}

/**
 * Which nodes a pod may run on: those that its `nodeName`, `nodeSelector` and required node affinity admit, all of them
 * (DESIGN §3.4). Without any, the default scheduler's event says why (Kubernetes 1.36, `framework.FitError`). A real pod
 * with the `nodeName` of another node waits without an event: nobody schedules it; here it gets the NodeName plugin's text.
 *
 * @param kubernetesVersion of the control plane: since 1.34 the message speaks of resource claims
 */
export function schedulePod<N extends SchedulableNode>(
  pod: Pod,
  nodes: readonly N[],
  kubernetesVersion: string,
): Scheduling<N> {
  const admitting = nodes.filter((node) => rejection(pod.spec, node) === undefined);
  if (admitting.length > 0) return { admitting };
  const message = unschedulable(pod.spec, nodes, minorOf(kubernetesVersion));
  return { admitting, event: { type: 'Warning', reason: 'FailedScheduling', message } };
}

/** The labels of a node: the kubelet's own and those given, which win. */
export function nodeLabels({
  name,
  platform,
  labels = {},
}: SchedulableNode): Readonly<Record<string, string>> {
  const [os = 'linux', architecture = 'amd64'] = platform.split('/');
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': os,
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': os,
    ...labels,
  };
}

const wrongName = "node(s) didn't match the requested node name";
const wrongAffinity = "node(s) didn't match Pod's node affinity/selector";

/** Why a node does not admit a pod; the first plugin that says no speaks. */
function rejection(spec: PodSpec, node: SchedulableNode): string | undefined {
  if (spec.nodeName && spec.nodeName !== node.name) return wrongName;
  const labels = nodeLabels(node);
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const terms = requiredTerms(spec);
  const matched = terms === undefined || terms.some((term) => matchesTerm(term, labels, node.name));
  return selected && matched ? undefined : wrongAffinity;
}

const requiredTerms = ({ affinity }: PodSpec): readonly NodeSelectorTerm[] | undefined =>
  affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;

/** Terms are alternatives, the lines of one must all be met; a term without any line matches nothing. */
function matchesTerm(
  term: NodeSelectorTerm,
  labels: Readonly<Record<string, string>>,
  name: string,
): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  return (
    matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((requirement) => meetsRequirement(requirement, labels)) &&
    matchFields.every((requirement) => meetsRequirement(requirement, { 'metadata.name': name }))
  );
}

function unschedulable(spec: PodSpec, nodes: readonly SchedulableNode[], minor: number): string {
  if (nodes.length === 0) return 'no nodes available to schedule pods';
  const none = `0/${nodes.length} nodes are available:`;
  const claims = minor >= 34 ? 'no new claims to deallocate, ' : '';
  const preemption = `preemption: ${none} ${nodes.length} Preemption is not helpful for scheduling.`;
  return `${none} ${reasons(spec, nodes)}. ${claims}${preemption}`;
}

/** `1 node(s) didn't …, 1 node(s) didn't …`: how many nodes say what, sorted as text. */
function reasons(spec: PodSpec, nodes: readonly SchedulableNode[]): string {
  const named = namedNodes(requiredTerms(spec) ?? []);
  if (named?.size === 0) return 'pod affinity terms conflict';
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const looked = named === undefined || named.has(node.name);
    const reason = looked ? (rejection(spec, node) ?? '') : "node(s) didn't satisfy plugin(s) [NodeAffinity]";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return Array.from(counts, ([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}

/** When every term asks for nodes by name, the scheduler looks at no other; `undefined`: it looks at all. */
function namedNodes(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields
      .filter(({ key, operator }) => key === 'metadata.name' && operator === 'In')
      .map(({ values = [] }) => values);
    const [first, ...others] = lists;
    if (first === undefined) return undefined;
    for (const name of first) if (others.every((list) => list.includes(name))) names.add(name);
  }
  return terms.length === 0 ? undefined : names;
}
