import type { CredentialSource } from '../credentials/credential.js';

/** `secret shop/regcred`, `the node's docker config`. */
export function holder({ source }: { readonly source: CredentialSource }): string {
  switch (source.kind) {
    case 'secret':
      return `secret ${source.namespace}/${source.name}`;
    case 'node':
      return `the node's docker config`;
    case 'provider':
      return `credential provider ${source.provider}`;
    default:
      return source satisfies never;
  }
}
