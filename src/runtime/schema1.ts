import type { ContentDescriptor } from './descriptor.js';
import type { Fetcher } from './fetcher.js';
import { PullError } from './pull-error.js';

/**
 * containerd 1.x converts signed schema 1 manifests; one without signatures ends here (runtime.md §11). The conversion
 * itself is not simulated.
 *
 * @throws {@link PullError} always
 */
export async function refuseSchema1Signatures(root: ContentDescriptor, fetcher: Fetcher): Promise<never> {
  for await (const _ of fetcher.read(root)) {
    // The manifest is read to its end; what is in it does not matter without signatures.
  }
  throw new PullError('no signatures', { kind: 'unsupported-manifest', mediaType: root.mediaType });
}
