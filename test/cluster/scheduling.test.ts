import { describe, expect, test } from 'vitest';
import type { NodeSelectorTerm, PodSpec } from '../../src/cluster/objects.js';
import { nodeLabels, schedulePod } from '../../src/cluster/scheduling.js';

const nodes = [
  { name: 'node-1', platform: 'linux/amd64', labels: { disk: 'ssd', size: '8' } },
  { name: 'node-2', platform: 'linux/arm64/v8', labels: { size: '16' } },
  { name: 'win-1', platform: 'windows/amd64' },
];

const schedule = (spec: Partial<PodSpec>, version = '1.36') =>
  schedulePod({ metadata: {}, spec: { containers: [], ...spec } }, nodes, version);
const admits = (spec: Partial<PodSpec>) => schedule(spec).admitting.map(({ name }) => name);

const affinity = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const expression = (key: string, operator: string, ...values: string[]) =>
  affinity({ matchExpressions: [{ key, operator, values }] });

describe('a pod runs', () => {
  test('on every node when it asks for nothing', () => {
    expect(admits({})).toEqual(['node-1', 'node-2', 'win-1']);
  });

  test('on the node that it names', () => {
    expect(admits({ nodeName: 'node-2' })).toEqual(['node-2']);
  });

  test('on nodes with all labels of its selector, the kubelet’s own included', () => {
    expect(admits({ nodeSelector: { 'kubernetes.io/os': 'linux' } })).toEqual(['node-1', 'node-2']);
    expect(admits({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } })).toEqual(['node-2']);
    expect(admits({ nodeSelector: { 'kubernetes.io/os': 'linux', disk: 'ssd' } })).toEqual(['node-1']);
    expect(admits({ nodeSelector: { 'kubernetes.io/hostname': 'win-1' } })).toEqual(['win-1']);
  });

  test.each([
    ['In', ['ssd', 'nvme'], ['node-1']],
    ['NotIn', ['ssd'], ['node-2', 'win-1']],
    ['Exists', [], ['node-1']],
    ['DoesNotExist', [], ['node-2', 'win-1']],
    ['Nonsense', ['ssd'], []],
  ])('where required affinity says disk %s %j', (operator, values, expected) => {
    expect(admits(expression('disk', operator, ...values))).toEqual(expected);
  });

  test('where Gt and Lt compare whole numbers, and labels that are none never', () => {
    expect(admits(expression('size', 'Gt', '8'))).toEqual(['node-2']);
    expect(admits(expression('size', 'Lt', '16'))).toEqual(['node-1']);
    expect(admits(expression('disk', 'Gt', '1'))).toEqual([]);
    expect(admits(expression('size', 'Gt', 'x'))).toEqual([]);
  });

  test('where one of the terms is met in all its lines; an empty term is never met', () => {
    const ssd = { key: 'disk', operator: 'Exists' };
    const arm = { key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] };
    expect(admits(affinity({ matchExpressions: [ssd] }, { matchExpressions: [arm] }))).toEqual([
      'node-1',
      'node-2',
    ]);
    expect(admits(affinity({ matchExpressions: [ssd, arm] }))).toEqual([]);
    expect(admits(affinity({}))).toEqual([]);
  });

  test('where it is asked for by name', () => {
    const named = (operator: string) =>
      affinity({ matchFields: [{ key: 'metadata.name', operator, values: ['node-1'] }] });
    expect(admits(named('In'))).toEqual(['node-1']);
    expect(admits(named('NotIn'))).toEqual(['node-2', 'win-1']);
  });

  test('where selector and affinity agree', () => {
    expect(admits({ nodeSelector: { disk: 'ssd' }, ...expression('size', 'In', '16') })).toEqual([]);
  });
});

describe('a pod that runs nowhere', () => {
  const none = '0/3 nodes are available:';
  const preemption = `preemption: ${none} 3 Preemption is not helpful for scheduling.`;
  const message = (spec: Partial<PodSpec>, version?: string) => schedule(spec, version).event?.message;

  test('has the event of the scheduler, which speaks of claims since 1.34', () => {
    const spec = { nodeSelector: { disk: 'tape' } };
    const reason = `${none} 3 node(s) didn't match Pod's node affinity/selector.`;
    expect(schedule(spec).event).toMatchObject({ type: 'Warning', reason: 'FailedScheduling' });
    expect(message(spec)).toBe(`${reason} no new claims to deallocate, ${preemption}`);
    expect(message(spec, '1.33')).toBe(`${reason} ${preemption}`);
  });

  test('is told so when it names a node that is not there', () => {
    expect(message({ nodeName: 'node-9' }, '1.33')).toBe(
      `${none} 3 node(s) didn't match the requested node name. ${preemption}`,
    );
  });

  test('is told of the nodes that were not even looked at', () => {
    const spec = {
      nodeSelector: { disk: 'tape' },
      ...affinity({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] }),
    };
    expect(message(spec, '1.33')).toBe(
      `${none} 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. ${preemption}`,
    );
  });

  test('is told when it asks for two nodes at once', () => {
    const name = (value: string) => ({ key: 'metadata.name', operator: 'In', values: [value] });
    expect(message(affinity({ matchFields: [name('node-1'), name('node-2')] }), '1.33')).toBe(
      `${none} pod affinity terms conflict. ${preemption}`,
    );
  });

  test('is told when there is no node at all', () => {
    const { event } = schedulePod({ metadata: {}, spec: { containers: [] } }, [], '1.36');
    expect(event?.message).toBe('no nodes available to schedule pods');
  });
});

test('labels given to a node win over those of the kubelet', () => {
  const labels = nodeLabels({
    name: 'a',
    platform: 'linux/arm64',
    labels: { 'kubernetes.io/hostname': 'b' },
  });
  expect(labels).toMatchObject({ 'kubernetes.io/hostname': 'b', 'kubernetes.io/arch': 'arm64' });
});
