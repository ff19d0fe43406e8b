import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ReplyTarget } from '../wire/reply.js';

/** Node's response as the target of a reply; its type of header values lacks only `readonly`. */
export const replyTarget = (response: ServerResponse): ReplyTarget => ({
  writeHead: (status, headers) => response.writeHead(status, headers as OutgoingHttpHeaders),
  write: (chunk) => response.write(chunk),
  end: (body) => response.end(body),
});
