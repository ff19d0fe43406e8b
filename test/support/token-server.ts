import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccessPolicyOptions, createAccessPolicy } from '../../src/access/access-policy.js';
import type { JournalEntry } from '../../src/access/journal.js';
import { createTokenKeys } from '../../src/access/token-keys.js';
import type { AccessEntry } from '../../src/access/token-verification.js';
import { createTokenHandler, type TokenHandlerOptions } from '../../src/token/token-handler.js';
import type { TokenService } from '../../src/token/token-service.js';

/** A token endpoint on a free port, with its journal, its keys and a clock that tests move. */
export interface TokenServer extends AsyncDisposable {
  readonly port: number;
  readonly journal: readonly JournalEntry[];
  /** Called after each entry. */
  onJournal: () => void;
  readonly clock: { now: Date };
  readonly keys: ReturnType<typeof createTokenKeys>;
  get(parameters: Parameters, options?: SendOptions): Promise<TokenAnswer>;
  post(form: Parameters, options?: SendOptions): Promise<TokenAnswer>;
  send(
    method: string,
    path: string,
    options?: SendOptions & { readonly body?: string },
  ): Promise<TokenAnswer>;
}

export type Parameters = Readonly<Record<string, string | readonly string[]>>;

export interface SendOptions {
  /** `user:password` */
  readonly basic?: string;
  /** An array is sent as repeated headers. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The JSON body, `{}` when there is none. */
  readonly json: Record<string, unknown>;
  /** The claims of the token, `{}` when there is none. */
  readonly claims: Record<string, unknown> & { readonly access?: readonly AccessEntry[] };
}

export interface TokenServerOptions {
  readonly policy?: Partial<AccessPolicyOptions>;
  readonly service?: Partial<TokenService>;
  readonly handler?: Partial<TokenHandlerOptions>;
}

/** Services `mock-registry` and `other-registry`; repositories below `public/` are public. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const clock = { now: new Date('2026-06-01T12:00:00.750Z') };
  const now = () => clock.now;
  const keys = createTokenKeys({ now });
  const policy = createAccessPolicy({ now, ...options.policy });
  const journal: JournalEntry[] = [];
  const service: TokenService = {
    service: 'mock-registry',
    registry: 'registry.example',
    issuer: 'mock-issuer',
    policy,
    visibility: (name) => (name.startsWith('public/') ? 'public' : 'private'),
    keys,
    ...options.service,
  };
  const handler = createTokenHandler({
    services: [service, { ...service, service: 'other-registry', registry: 'other.example' }],
    journal: (entry) => {
      journal.push(entry);
      running.onJournal();
    },
    now,
    ...options.handler,
  });
  const server = createServer((incoming, response) => void handler(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const send: TokenServer['send'] = (method, path, sent = {}) => exchange(port, method, path, sent);
  const running: TokenServer = {
    port,
    journal,
    onJournal: () => undefined,
    clock,
    keys,
    send,
    get: (parameters, sent) => send('GET', `/token?${encode(parameters)}`, sent),
    post: (form, sent) =>
      send('POST', '/token', {
        ...sent,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...sent?.headers },
        body: encode(form),
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await policy.close();
    },
  };
  return running;
}

function encode(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, item]),
  );
  return new URLSearchParams(pairs).toString();
}

function exchange(
  port: number,
  method: string,
  path: string,
  { basic, headers = {}, body }: SendOptions & { readonly body?: string },
): Promise<TokenAnswer> {
  const authorization =
    basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers: { ...authorization, ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, ...decode(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function decode(text: string): Pick<TokenAnswer, 'json' | 'claims'> {
  if (text === '') return { json: {}, claims: {} };
  const json = JSON.parse(text);
  const [, payload] = String(json.access_token ?? '').split('.');
  return { json, claims: payload ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : {} };
}
