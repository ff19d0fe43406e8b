import type { ManifestError } from '../cluster/manifest-problem.js';
import type { Finding } from './finding.js';

/** The cause behind an object that the API server refuses, where the catalogue has one; else the error says it all. */
export function explainError({ mismatch, source }: ManifestError): Finding | undefined {
  if (mismatch === undefined || !mismatch.path.includes('imagePullSecrets')) return undefined;
  const { path, found, wanted } = mismatch;
  if (found === 'string' && wanted.endsWith('LocalObjectReference'))
    return {
      rule: 'REF09',
      severity: 'error',
      message: 'imagePullSecrets has a bare name; it is a list of objects, each with a name.',
      fix: 'imagePullSecrets:\n  - name: …',
      source,
    };
  if (found === 'object' && wanted === 'string' && path.at(-1) === 'name')
    return {
      rule: 'HELM01',
      severity: 'error',
      message:
        'an entry of imagePullSecrets has an object for a name: the chart wants names, and its values have objects.',
      fix: 'in the values write the names alone\n  imagePullSecrets:\n    - …',
      source,
    };
  return undefined;
}
