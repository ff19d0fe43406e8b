import type { Reply } from '../wire/reply.js';
import { formatScopes, mergeScopes, type ResourceScope } from '../wire/scope.js';
import { type Caller, type Identification, identityName } from './caller.js';
import { challengeReply, type TokenProblem } from './challenge.js';
import type { Awaitable } from './content-store.js';
import { clientAddress, type RegistryExchange, realmRequest } from './exchange.js';
import { decideNeed, scopesOf } from './guard.js';
import type { MeterReading } from './pull-meter.js';
import { chain } from './registry-call.js';
import { errorReply } from './replies.js';
import { createRequestBody } from './request-body.js';
import { isRepositoryName } from './route-path.js';
import type { RouteAction } from './routes.js';

/**
 * Answers one request: route, who is asking, may they, limits, handler. Rights come before everything that could tell
 * whether something exists (registry.md §8.2).
 */
export function admit(exchange: RegistryExchange): Awaitable<Reply> {
  const { match } = exchange.target;
  if (match.kind === 'unknown') {
    return errorReply('UNSUPPORTED', { status: 404, message: 'there is nothing at this address' });
  }
  if (match.kind === 'bad-name') {
    return errorReply('NAME_INVALID', { detail: { name: match.name.slice(0, 300) } });
  }
  const action = match.route.actions.get(exchange.method);
  if (action === undefined) return errorReply('UNSUPPORTED', { headers: { Allow: match.route.allow } });
  return chain(identify(exchange), (identification) =>
    identification.kind === 'caller'
      ? authorise(exchange, action, identification.caller)
      : refuseCredentials(exchange, action, identification),
  );
}

function identify(exchange: RegistryExchange): Awaitable<Identification> {
  const { host, request, fault, now } = exchange;
  const { authorization } = request.headers;
  if (authorization !== undefined && isRepeated(request.rawHeaders, 'authorization')) {
    return refusal(exchange, 'the Authorization header was sent more than once');
  }
  if (fault?.kind === 'expired-token' && authorization !== undefined) {
    return refusal(exchange, 'the token counts as expired, as ordered');
  }
  const skewMs = fault?.kind === 'clock-skew' ? fault.seconds * 1000 : 0;
  const clock = skewMs === 0 ? now : new Date(now.getTime() + skewMs);
  return host.identify({ authorization, address: clientAddress(exchange), now: clock });
}

const refusal = ({ host }: RegistryExchange, because: string): Identification => ({
  kind: 'refused',
  authentication: host.auth.kind === 'basic' ? 'basic' : 'bearer',
  because,
});

/** Node keeps the first of several and drops the others: only the raw list tells (S36). */
function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] ?? '';
    if (header.length === name.length && header.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}

function refuseCredentials(
  exchange: RegistryExchange,
  action: RouteAction,
  { authentication, because, retryAfterSeconds }: Identification & { kind: 'refused' },
): Reply {
  exchange.authentication = authentication;
  exchange.decision = 'refuse';
  exchange.because = because;
  if (retryAfterSeconds !== undefined) {
    return errorReply('TOOMANYREQUESTS', { headers: { 'Retry-After': String(retryAfterSeconds) } });
  }
  return challenge(exchange, action, 'invalid_token');
}

function authorise(exchange: RegistryExchange, action: RouteAction, caller: Caller): Awaitable<Reply> {
  const decision = decideNeed(action.need, caller, exchange.repository);
  exchange.identity = identityName(caller.identity);
  exchange.authentication = caller.authentication;
  exchange.decision = decision.allow ? 'allow' : 'refuse';
  exchange.because = decision.because;
  const source = action.need === 'push' ? mountSource(exchange) : undefined;
  if (decision.allow && (source === undefined || !needsWiderToken(caller, source))) {
    return run(exchange, action, caller);
  }
  // Without a token there is nothing wrong with it.
  return challenge(exchange, action, caller.authentication === 'bearer' ? 'insufficient_scope' : undefined);
}

/**
 * A mount needs pull on its source in the same token. Whoever could have had it is told to come back with it; for all
 * others the mount falls back to an upload (registry.md §4.3, §8.2).
 */
const needsWiderToken = (caller: Caller, source: string) =>
  !caller.may(source, 'pull').allow && caller.couldPull(source);

function mountSource({ method, operation, target }: RegistryExchange): string | undefined {
  if (operation !== 'upload' || method !== 'POST' || !target.query.includes('mount=')) return undefined;
  const query = new URLSearchParams(target.query);
  const from = query.get('from');
  return query.has('mount') && from !== null && isRepositoryName(from) ? from : undefined;
}

function challenge(
  exchange: RegistryExchange,
  action: RouteAction,
  problem: TokenProblem | undefined,
): Reply {
  const source = action.need === 'push' ? mountSource(exchange) : undefined;
  const pullSource: readonly ResourceScope[] =
    source === undefined ? [] : [{ type: 'repository', name: source, actions: ['pull'] }];
  const scopes = mergeScopes([...scopesOf(action.need, exchange.repository), ...pullSource]);
  exchange.scope = formatScopes(scopes);
  return challengeReply(exchange.host.auth, scopes, problem, () => realmRequest(exchange));
}

function run(exchange: RegistryExchange, action: RouteAction, caller: Caller): Awaitable<Reply> {
  const { host, method, repository, request, response, target, now } = exchange;
  const reading = readMeter(exchange, caller);
  if (reading?.over === true) {
    exchange.because = reading.because;
    return reading.reply;
  }
  const reference = target.match.kind === 'route' ? target.match.reference : '';
  const reply = action.handler({
    host,
    method,
    repository,
    reference,
    query: target.query,
    headers: request.headers,
    body: createRequestBody(request, response, {
      pace: host.limits.body,
      awaitsContinue: exchange.awaitsContinue,
    }),
    caller,
    now,
  });
  if (reading === undefined && host.warn === undefined) return reply;
  return chain(reply, (made) => withExtraHeaders(exchange, made, reading));
}

function readMeter(exchange: RegistryExchange, caller: Caller): MeterReading | undefined {
  const { host, operation, method, repository, now } = exchange;
  if (host.pullMeter === undefined) return undefined;
  return host.pullMeter({ operation, method, repository, caller, address: clientAddress(exchange), now });
}

function withExtraHeaders(
  { host, repository, target }: RegistryExchange,
  reply: Reply,
  reading: MeterReading | undefined,
): Reply {
  const reference = target.match.kind === 'route' ? target.match.reference : '';
  const warnings = repository === '' ? [] : (host.warn?.(repository, reference) ?? []);
  const counts = reading?.over === false ? reading.headers : {};
  return {
    ...reply,
    headers: { ...reply.headers, ...counts, ...(warnings.length > 0 && { Warning: warnings }) },
  };
}
