import { nearestNames } from '../../cluster/nearest-names.js';
import { readFiles } from '../../cluster/read-files.js';
import { findRule, rules } from '../../diagnosis/rules.js';
import { unseenCauses } from '../../diagnosis/unseen-causes.js';
import type { ReportedPod } from '../../report/check-report.js';
import { explainPod } from '../../report/explain-pod.js';
import { ruleList, rulePage } from '../../report/rule-page.js';
import { checkInputs } from '../../world/check.js';
import { resolveWorld } from '../../world/resolve-world.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { overrideWorld, type WorldOverrides } from '../world-overrides.js';

export interface ExplainOptions extends WorldOverrides {
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly config?: string;
}

/** `pullsim explain`: the page of a rule, the list of all, or one pod's decision step by step. */
export async function runExplain(
  topic: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (topic.includes('/')) terminal.out(await explainObject(topic, options, terminal));
  else terminal.out(explainRule(topic));
  return exitCodes.ok;
}

function explainRule(topic: string): string {
  if (topic === 'rules') return ruleList(rules);
  const rule = findRule(topic);
  if (rule !== undefined) return rulePage(rule, { titleOf: (id) => findRule(id)?.title ?? '' });
  const unseen = unseenCauses.find(({ id }) => id === topic.toUpperCase());
  if (unseen !== undefined)
    return `# ${unseen.id}: ${unseen.cause}\n\nThere is no rule for it. ${unseen.because}\n`;
  const near = nearestNames(
    topic.toUpperCase(),
    rules.map(({ id }) => id),
  );
  const meant = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  throw new UsageError(
    `there is no rule "${topic}"${meant} ("pullsim explain rules" lists them; pods are named pod/NAME)`,
  );
}

async function explainObject(topic: string, options: ExplainOptions, terminal: Terminal): Promise<string> {
  const { filename = [], namespace, config } = options;
  if (filename.length === 0) throw new UsageError(`say where ${topic} is written: -f FILE, may be repeated`);
  const world = overrideWorld(resolveWorld(config, { fallback: 'none' }).world, options);
  const { inputs, errors } = await readFiles(filename, () => terminal.readStdin());
  const report = await checkInputs(inputs, world, { now: new Date(), namespace, errors, withSteps: true });
  const [unread] = errors;
  if (unread !== undefined) throw new UsageError(`${unread.source.file}: ${unread.message}`);
  const pods = report.pods.filter((pod) => isMeant(pod, topic));
  if (pods.length > 0) return pods.map(explainPod).join('\n');
  const names = report.pods.map((pod) => pod.owner ?? `pod/${pod.name}`);
  throw new UsageError(
    `there is no ${topic} in these files; there ${names.length === 0 ? 'is no pod at all' : `are: ${[...new Set(names)].join(', ')}`}`,
  );
}

/** kubectl's short names of the kinds that make pods. */
const shortNames: Readonly<Record<string, string>> = {
  po: 'pod',
  deploy: 'deployment',
  rs: 'replicaset',
  sts: 'statefulset',
  ds: 'daemonset',
  cj: 'cronjob',
  rc: 'replicationcontroller',
};

/** `pod/web` is also the pod that a workload of that name makes, in any namespace; `web` alone would be a rule. */
function isMeant({ name, owner }: ReportedPod, topic: string): boolean {
  const [kind = '', wanted = ''] = topic.toLowerCase().split('/');
  const full = shortNames[kind] ?? kind.replace(/s$/, '');
  return full === 'pod' ? name === wanted : owner?.toLowerCase() === `${full}/${wanted}`;
}
