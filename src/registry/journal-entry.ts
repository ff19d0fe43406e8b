import type { JournalEntry } from '../access/journal.js';
import { maskUsername } from '../wire/mask.js';
import type { RegistryExchange } from './exchange.js';

/** What the journal keeps of an exchange that is answered with `status`. */
export function journalEntry(exchange: RegistryExchange, status: number): JournalEntry {
  const { request, host, repository, scope, fault } = exchange;
  const entry: JournalEntry & { repository?: string; scope?: string; fault?: string } = {
    at: exchange.now,
    registry: host.host,
    kind: exchange.operation,
    method: exchange.method,
    url: maskQuery(request.url ?? '/'),
    status,
    identity: maskUsername(exchange.identity),
    authentication: exchange.authentication,
    decision: exchange.decision,
    because: exchange.because,
  };
  if (repository !== '') entry.repository = repository;
  if (scope !== undefined && scope !== '') entry.scope = scope;
  if (fault !== undefined) entry.fault = fault.id;
  return entry;
}

/** Some clients put secrets into addresses, where they do not belong (S25, S39). */
const secretParameter = /([?&](?:password|passwd|secret|token|access_token|refresh_token|code)=)[^&]*/gi;

function maskQuery(url: string): string {
  return url.includes('?') ? url.replace(secretParameter, '$1***') : url;
}
