import { cutPage } from '../page.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler } from '../registry-call.js';
import { jsonReply } from '../replies.js';

/** `GET /v2/<name>/tags/list` (end-8): every tag, sorted by byte, in pages if asked. */
export const listTags: Handler = (call) => {
  const { repository: name } = call;
  return chain(call.host.store.listTags(name), (tags) => {
    if (tags === undefined) throw new RefusedRequest('NAME_UNKNOWN', { detail: { name } });
    const page = cutPage(call, tags, { path: `/v2/${name}/tags/list`, keyOf: (tag) => tag });
    return jsonReply({ name, tags: page.items }, page.headers);
  });
};
