import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TokenKeys } from '../access/token-keys.js';
import { errorBody } from '../wire/error-codes.js';
import { type Reply, writeReply } from '../wire/reply.js';
import { replyTarget } from './reply-target.js';

/**
 * Publishes the keys that tokens are verified with, public members only (RFC 7517). What it answers is also what
 * distribution 3.x wants in its `jwks:` file.
 */
export function createJwksHandler(
  keys: Pick<TokenKeys, 'jwks'>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const found = reply(200, 'application/jwk-set+json', `${JSON.stringify(keys.jwks)}\n`);
  const notAllowed = reply(405, 'application/json', errorBody([{ code: 'UNSUPPORTED' }]), {
    Allow: 'GET, HEAD',
  });
  return (request, response) => {
    request.resume();
    const { method = '' } = request;
    writeReply(method, method === 'GET' || method === 'HEAD' ? found : notAllowed, replyTarget(response));
  };
}

function reply(status: number, type: string, body: string, headers: Reply['headers'] = {}): Reply {
  // Keys change with a restart: whoever caches them must ask again.
  const common = { 'Content-Type': type, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' };
  return { status, headers: { ...common, ...headers }, body };
}
