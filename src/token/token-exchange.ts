import type { IncomingMessage } from 'node:http';
import type { JournalEntry } from '../access/journal.js';
import { maskUsername } from '../wire/mask.js';
import type { Reply } from '../wire/reply.js';

/** What the journal will say of a token request, filled in as the endpoint learns it. */
export interface TokenExchange {
  registry: string;
  identity: string;
  authentication: string;
  decision: JournalEntry['decision'];
  because: string;
  scope?: string;
  fault?: string;
}

export const createTokenExchange = (): TokenExchange => ({
  registry: '',
  identity: 'unknown',
  authentication: 'none',
  decision: 'refuse',
  because: '',
});

export function journalEntry(
  request: IncomingMessage,
  reply: Reply,
  exchange: TokenExchange,
  at: Date,
): JournalEntry {
  const { method = '' } = request;
  return { at, kind: 'token', method, url: maskedUrl(urlOf(request)), status: reply.status, ...exchange };
}

/** Express cuts the mount path off `url` and keeps the whole in `originalUrl`. */
function urlOf(request: IncomingMessage & { readonly originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '';
}

/**
 * Some clients put passwords into the query (registry.md S39): only parameters that are known to hold none are kept, the
 * values of all others become `***`.
 */
export function maskedUrl(url: string): string {
  const [path = '', ...rest] = url.split('?');
  if (rest.length === 0) return path;
  const pairs = rest.join('?').split('&').map(maskedPair);
  return `${path}?${pairs.join('&')}`;
}

const openParameters: readonly string[] = ['service', 'scope', 'account', 'client_id', 'offline_token'];

function maskedPair(pair: string): string {
  const [name = '', ...value] = pair.split('=');
  if (value.length === 0) return openParameters.includes(name) || name === '' ? name : '***';
  if (!openParameters.includes(name)) return `${name}=***`;
  const text = new URLSearchParams(pair).get(name) ?? '';
  return name === 'account' && maskUsername(text) !== text ? `${name}=${maskUsername(text)}` : pair;
}
