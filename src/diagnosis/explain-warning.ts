import type { ManifestWarning } from '../cluster/manifest-problem.js';
import type { Finding } from './finding.js';

/** What was noticed while the input was read, as a finding that belongs to no pod. */
export function explainWarning(warning: ManifestWarning): Finding {
  return {
    rule: ruleOf(warning),
    severity: warning.kind === 'not-an-object' ? 'info' : 'warning',
    message: warning.message,
    fix: fixOf(warning),
    source: warning.source,
  };
}

function ruleOf(warning: ManifestWarning): string {
  switch (warning.kind) {
    case 'unknown-field':
      // The list at the wrong place is a cause of its own; a pod that fails because of it says so again.
      return warning.path.at(-1) === 'imagePullSecrets' ? 'REF08' : 'YAML01';
    case 'duplicate-field':
      return 'YAML02';
    case 'api-warning':
      return 'API01';
    case 'replaced':
      return 'YAML03';
    case 'not-an-object':
      return 'YAML04';
    default:
      return warning satisfies never;
  }
}

function fixOf(warning: ManifestWarning): string {
  switch (warning.kind) {
    case 'unknown-field':
      return fixField(warning);
    case 'duplicate-field':
      return 'keep one of them';
    case 'replaced':
      return 'give one of them another name, or remove it';
    default:
      return '';
  }
}

function fixField({ suggestion }: Extract<ManifestWarning, { kind: 'unknown-field' }>): string {
  if (suggestion === undefined) return 'remove it';
  return suggestion.kind === 'spelling' ? `write ${suggestion.field}` : `move it to ${suggestion.field}`;
}
