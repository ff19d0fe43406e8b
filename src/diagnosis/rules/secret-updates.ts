import { pathOf } from '../fixes.js';
import { deleteSecret } from '../kubectl-command.js';
import type { PodCase } from '../pod-case.js';
import type { Detection } from '../rule.js';
import type { SecretReading } from '../secret-reading.js';
import { refusedSecrets } from './secret-content.js';

interface Update {
  readonly pod: PodCase;
  /** What stays, because the update is refused. */
  readonly old: SecretReading;
  readonly refused: SecretReading;
}

/** Secrets of the list that are written twice, the second time in a way that the API server does not take. */
export const refusedUpdates = (pod: PodCase): Update[] =>
  refusedSecrets(pod).flatMap(({ reading: refused }) => {
    const old = pod.survey.secret(pod.namespace, refused.name);
    return old === undefined ? [] : [{ pod, old, refused }];
  });

export const isTypeChange = ({ old, refused }: Update): boolean => old.type !== refused.type;

export const isFrozen = ({ old }: Update): boolean => old.secret.object.immutable === true;

/** Whether SEC15 or SEC16 speaks of the refused update of this secret. */
export const hasUpdateRule = (pod: PodCase, name: string): boolean =>
  refusedUpdates(pod).some(
    (update) => update.old.name === name && (isTypeChange(update) || isFrozen(update)),
  );

export function typeChange({ pod, old, refused }: Update): Detection {
  return {
    message: `secret ${pathOf(old)} is of type ${old.type} and cannot become ${refused.type}: the API server refuses the change, and the old one stays.`,
    fix: `${deleteSecret(old.name, old.namespace)}   # then apply the new one`,
    source: refused.secret.locate(['type']),
    severity: severityOf(pod),
  };
}

export function frozen({ pod, old, refused }: Update): Detection {
  return {
    message: `secret ${pathOf(old)} is immutable: the API server refuses the new content, and the old one stays.`,
    fix: `give the new secret another name, and list that one; or\n${deleteSecret(old.name, old.namespace)}   # then apply the new one`,
    source: refused.secret.source,
    severity: severityOf(pod),
  };
}

const severityOf = ({ images }: PodCase) =>
  images.some(({ facts }) => facts.verdict === 'failed') ? ('error' as const) : ('warning' as const);
