import type { Container, Pod } from '../cluster/objects.js';

type Amounts = Readonly<Record<string, unknown>>;

/**
 * The pod's QoS class: `BestEffort` without any CPU or memory request or limit, `Guaranteed` when every container has
 * both limits and no request that differs, else `Burstable`.
 */
export function qualityOfService({ spec }: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const all = [...(spec.initContainers ?? []), ...spec.containers].map(resourcesOf);
  const counted = (amounts: Amounts) => amounts.cpu !== undefined || amounts.memory !== undefined;
  if (!all.some(({ requests, limits }) => counted(requests) || counted(limits))) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** The pod types leave `resources` out: it plays no part in pulling. */
function resourcesOf(container: Container): Resources {
  const { resources } = container as { resources?: { requests?: Amounts; limits?: Amounts } };
  return { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} };
}

const isGuaranteed = ({ requests, limits }: Resources) =>
  (['cpu', 'memory'] as const).every(
    (name) => limits[name] !== undefined && String(requests[name] ?? limits[name]) === String(limits[name]),
  );
