import { cutPage } from '../page.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler } from '../registry-call.js';
import { jsonReply } from '../replies.js';

/** Distribution's numbers: entries of a page, and the largest `n` that it takes. */
const defaultSize = 100;
const maxSize = 1000;

/** `GET /v2/_catalog`: the repositories that the caller may pull, where the registry has a catalog at all. */
export const listCatalog: Handler = (call) => {
  const { host, caller } = call;
  if (host.catalog !== true) {
    throw new RefusedRequest('UNSUPPORTED', { status: 404, message: 'this registry has no catalog' });
  }
  return chain(host.store.listRepositories(), (repositories) => {
    const visible = repositories.filter((name) => caller.maySee(name));
    const page = cutPage(call, visible, {
      path: '/v2/_catalog',
      keyOf: (name) => name,
      defaultSize,
      maxSize,
    });
    return jsonReply({ repositories: page.items }, page.headers);
  });
};
