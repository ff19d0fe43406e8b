import type { Handler } from '../registry-call.js';
import { jsonReply } from '../replies.js';

/** `GET /v2/_oci/ext/discover`: which `_…` endpoints there are beyond the specification (registry.md §5.7). */
export const discoverExtensions: Handler = () =>
  jsonReply({
    extensions: [
      {
        name: '_oci',
        url: 'https://github.com/opencontainers/distribution-spec/blob/main/extensions/_oci.md',
        description: 'lists the extensions of this registry',
        endpoints: ['_oci/ext/discover'],
      },
    ],
  });
