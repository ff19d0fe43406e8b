import { expect } from 'vitest';
import type { ContentStore } from '../../../src/registry/content-store.js';
import type { Answer } from '../http-exchange.js';
import { authorizationFor, privateToken } from './authorization.js';
import { compareHeaders } from './compare-headers.js';
import { compareJson } from './compare-json.js';
import { fixture } from './fixtures.js';
import { type Givens, readGivens } from './givens.js';
import { generatedCount, repositories, type Surroundings, substitute } from './names.js';
import { pushContent, pushFixture, pushStandingContent } from './push.js';
import { type ConformanceServer, startConformanceServer } from './server.js';
import { runUnitCase } from './unit-cases.js';
import { type ConformanceCase, refuseUnknownWords, type Step, type StepRequest } from './vector.js';
import { cutUpload, sendOnWire, sendRaw, type WireRequest } from './wire.js';

/** Where a case runs: which store, and the other cases that it may name. */
export interface CaseSetting {
  readonly createStore?: () => Promise<ContentStore>;
  readonly otherCase: (id: string) => ConformanceCase | undefined;
}

/** Runs a case from an empty server. @throws when an answer differs, or a word is not explained */
export async function runCase(vector: ConformanceCase, setting: CaseSetting): Promise<void> {
  refuseUnknownWords(vector);
  if (vector.unit !== undefined) return runUnitCase(vector);
  const answers = await runSteps(vector, setting, {});
  if (vector.alsoRunFor === undefined) return;
  const renamed = await runSteps(vector, setting, { private: 'no/such' });
  const strip = (answer: Answer) => {
    const { date: _, ...headers } = answer.headers;
    const text = JSON.stringify([answer.status, headers, answer.text]);
    return text.replaceAll(repositories.private, 'no/such').replace(/127\.0\.0\.1:\d+/g, 'h');
  };
  expect(answers.map(strip)).toEqual(renamed.map(strip));
}

/** A case under way. */
interface Run {
  readonly vector: ConformanceCase;
  readonly setting: CaseSetting;
  readonly givens: Givens;
  readonly server: ConformanceServer;
  readonly surroundings: Surroundings;
  readonly captured: Map<string, string>;
}

/** Areas with a start of their own (`areaDefaults`). */
const areasWithoutAuth = ['challenge', 'token-get', 'token-post', 'basic'];
const loginFailuresBeforeThrottle = 20;

async function runSteps(
  vector: ConformanceCase,
  setting: CaseSetting,
  renamed: Readonly<Record<string, string>>,
): Promise<readonly Answer[]> {
  return withRun(vector, setting, renamed, async (run) => {
    const answers: Answer[] = [];
    for (const [index, step] of vector.steps.entries()) {
      if (index === 1 && run.givens.cutUpload !== undefined) await playCut(run, run.givens.cutUpload);
      answers.push(await runStep(run, step, index === vector.steps.length - 1));
    }
    return answers;
  });
}

/**
 * Sends the request of a case's first step again and again to one server, as it is or changed.
 *
 * @returns how long each answer took, in milliseconds; the first `warmUp` are left out
 */
export async function timeRequests(
  vector: ConformanceCase,
  setting: CaseSetting,
  requests: readonly ((request: StepRequest) => StepRequest)[],
  { samples, warmUp }: { readonly samples: number; readonly warmUp: number },
): Promise<readonly (readonly number[])[]> {
  const [step] = vector.steps;
  if (step === undefined) throw new Error(`case ${vector.id} has no step`);
  return withRun(vector, setting, {}, async (run) => {
    const wires = await Promise.all(requests.map((change) => wireOf(run, change(step.request))));
    const durations = requests.map((): number[] => []);
    // In turns, so that a slow moment of the machine meets them all.
    for (let sent = 0; sent < warmUp + samples; sent += 1) {
      for (const [index, wire] of wires.entries()) {
        const start = performance.now();
        const answer = await sendOnWire(run.server.port, wire);
        const took = performance.now() - start;
        expect(step.expect.status).toContain(answer.status);
        if (sent >= warmUp) durations[index]?.push(took);
      }
    }
    return durations;
  });
}

/** Starts what a case starts from, and checks at its end that nothing went wrong unseen. */
async function withRun<T>(
  vector: ConformanceCase,
  setting: CaseSetting,
  renamed: Readonly<Record<string, string>>,
  use: (run: Run) => Promise<T>,
): Promise<T> {
  const read = readGivens(vector.given ?? []);
  const givens: Givens = vector.area === 'basic' ? { ...read, personality: 'htpasswd' } : read;
  await using server = await startConformanceServer({
    givens,
    catalog: vector.area === 'catalog',
    ...(vector.repeat !== undefined && { throttleAfter: loginFailuresBeforeThrottle }),
    ...(setting.createStore !== undefined && { store: await setting.createStore() }),
  });
  const captured = new Map<string, string>();
  const refreshTokens = new Map<string, string>();
  for (const user of ['rw', 'revoked', 'other', 'ro'])
    refreshTokens.set(user, await server.refreshToken(user));
  const surroundings: Surroundings = {
    captured,
    renamed,
    manifestLimit: server.manifestLimit,
    canaryPort: server.canary.port,
    secret: (kind, user) => (kind === 'tok' ? privateToken(server, user) : (refreshTokens.get(user) ?? '')),
  };
  await pushStandingContent(server, vector);
  for (const content of givens.content) await pushContent(server, content);
  const result = await use({ vector, setting, givens, server, surroundings, captured });
  expect(server.bugs).toEqual([]);
  expect(server.canary.requests).toBe(0);
  await server.store.close();
  return result;
}

async function runStep(run: Run, step: Step, isLast: boolean): Promise<Answer> {
  const { vector, server, givens } = run;
  if (isLast && givens.controls.clockStepSeconds !== undefined) {
    server.clock.now = new Date(server.clock.now.getTime() + givens.controls.clockStepSeconds * 1000);
  }
  if (step.request.method === 'PUT') await pushNeeds(run, step.request);
  if (vector.raw === true) return playRaw(run, step);
  if (isLast && vector.parallel !== undefined) return playParallel(run, step, vector.parallel);
  for (let sent = 1; isLast && sent < (vector.repeat ?? 1); sent += 1) {
    expect((await exchange(run, step.request)).answer.status).toBe(401);
  }
  const { answer, wire } = await exchange(run, step.request);
  await compare(run, step, wire, answer);
  for (const [name, source] of Object.entries(step.capture ?? {})) {
    run.captured.set(name, capturedValue(source, wire, answer));
  }
  return answer;
}

/** Before a manifest is pushed, everything that it refers to is there. */
async function pushNeeds({ server }: Run, { body, path }: StepRequest): Promise<void> {
  const [, name] = typeof body === 'string' ? (/^@(m\.[\w.]+)/.exec(body) ?? []) : [];
  const [, placeholder] = /^\/v2\/\{(\w+)\}\/manifests\//.exec(path) ?? [];
  const repository = (repositories as Readonly<Record<string, string>>)[placeholder ?? ''];
  if (name === undefined || repository === undefined) return;
  for (const need of fixture(name, server.manifestLimit).needs ?? [])
    await pushFixture(server, repository, need);
}

async function playParallel(run: Run, step: Step, times: number): Promise<Answer> {
  const all = await Promise.all(Array.from({ length: times }, () => exchange(run, step.request)));
  const statuses = all.map(({ answer }) => answer.status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  for (const status of statuses) expect(step.expect.status).toContain(status);
  return all.find(({ answer }) => answer.status === 201)?.answer as Answer;
}

async function playRaw({ server, surroundings }: Run, step: Step): Promise<Answer> {
  const head = substitute(
    'PUT /v2/{repo}/manifests/v1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n',
    surroundings,
  );
  const body = 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nraw\r\n0\r\n\r\n';
  const { status, text } = await sendRaw(server.port, head + body);
  expect(step.expect.status).toContain(status);
  return { status, text } as Answer;
}

async function playCut(run: Run, { sent, promised }: { sent: number; promised: number }): Promise<void> {
  const path = pathOf(run, { method: 'PATCH', path: '{loc}' });
  const authorization = await authorizationOf(run, { method: 'PATCH', path: '{loc}' }, path);
  const body = fixture('b.2048').bytes.subarray(0, sent);
  await cutUpload(run.server.port, { path, authorization: authorization ?? '', body, promised });
}

async function exchange(run: Run, request: StepRequest): Promise<{ answer: Answer; wire: WireRequest }> {
  const wire = await wireOf(run, request);
  return { answer: await sendOnWire(run.server.port, wire), wire };
}

async function wireOf(run: Run, request: StepRequest): Promise<WireRequest> {
  const path = pathOf(run, request);
  const authorization = await authorizationOf(run, request, path);
  const body = bodyOf(run, request);
  const headers = Object.entries(request.headers ?? {}).flatMap(([name, value]) =>
    value === null
      ? []
      : [value].flat().map((each): [string, string] => [name, substitute(String(each), run.surroundings)]),
  );
  const named = headers.some(([name]) => name === 'authorization');
  if (authorization !== undefined && !named) headers.push(['authorization', authorization]);
  return {
    method: request.method,
    path,
    headers,
    chunked: request.transferEncoding === 'chunked',
    ...(body !== undefined && { body }),
  };
}

function pathOf({ surroundings }: Run, { path, query = {} }: StepRequest): string {
  const whole = substitute(path, surroundings).replace(/^https?:\/\/[^/]*/, '');
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    generated(value, surroundings).map((each) => `${name}=${encodeURIComponent(each)}`),
  );
  if (parameters.length === 0) return whole;
  return `${whole}${whole.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}

function generated(value: string | readonly string[], surroundings: Surroundings): readonly string[] {
  return [value].flat().flatMap((text) => {
    const count = generatedCount(text);
    if (count === undefined) return [substitute(text, surroundings)];
    return Array.from({ length: count }, (_, index) => `repository:r${index}:pull`);
  });
}

async function authorizationOf(run: Run, request: StepRequest, path: string): Promise<string | undefined> {
  const { vector, givens, server, surroundings } = run;
  if (request.headers !== undefined && 'authorization' in request.headers) return undefined;
  const isTokenForm = request.method === 'POST' && request.path.startsWith('{tokenPath}');
  const isBare = areasWithoutAuth.includes(vector.area) || isTokenForm;
  const auth = request.auth ?? (isBare ? 'none' : 'user:rw');
  return authorizationFor(auth, {
    server,
    personality: givens.personality,
    method: request.method,
    path,
    substitute: (text) => substitute(text, surroundings),
  });
}

function bodyOf({ surroundings }: Run, { body, headers }: StepRequest): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return textBody(body, surroundings);
  if ('json' in body) return Buffer.from(JSON.stringify(substituteAll(body.json, surroundings)));
  const form = substituteAll(body.form, surroundings) as Record<string, string>;
  if (headers?.['content-type'] === 'application/json') return Buffer.from(JSON.stringify(form));
  return Buffer.from(new URLSearchParams(form).toString());
}

function textBody(body: string, surroundings: Surroundings): Buffer {
  const [, name, first, last, blank] =
    /^@([bm]\.[\w.]*?\w)(?:\[(\d+)\.\.(\d+)\])?( plus one blank)?$/.exec(body) ?? [];
  if (name === undefined) return Buffer.from(substitute(body, surroundings));
  const { bytes } = fixture(name, surroundings.manifestLimit);
  if (blank !== undefined) return Buffer.concat([bytes, Buffer.from(' ')]);
  return first === undefined ? bytes : bytes.subarray(Number(first), Number(last) + 1);
}

function substituteAll(value: unknown, surroundings: Surroundings): unknown {
  if (typeof value === 'string') {
    const text = substitute(value, surroundings);
    return /^\{len:[^{}]*\}$/.test(value) ? Number(text) : text;
  }
  if (Array.isArray(value)) return value.map((item) => substituteAll(item, surroundings));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, substituteAll(member, surroundings)]),
  );
}

async function compare(run: Run, step: Step, wire: WireRequest, answer: Answer): Promise<void> {
  const { surroundings, server, setting } = run;
  const { status, headers, json, body, text, emptyBody } = step.expect;
  expect(status, `${wire.method} ${wire.path.slice(0, 200)}: ${answer.text.slice(0, 500)}`).toContain(
    answer.status,
  );
  const resolve = (location: string) => resolveLocation(location, wire, server.port);
  const substituteHere = (textToSubstitute: string) => substitute(textToSubstitute, surroundings);
  if (headers !== undefined) compareHeaders(headers, answer, { resolve, substitute: substituteHere });
  if (body !== undefined) expect(answer.body.equals(textBody(body, surroundings)), 'the body').toBe(true);
  if (text !== undefined) expect(answer.text).toBe(substituteHere(text));
  if (emptyBody !== undefined) expect(answer.body.length === 0).toBe(emptyBody);
  if (json === undefined) return;
  await compareJson(substituteAll(json, surroundings) as Record<string, unknown>, {
    answer,
    askedScopes: new URLSearchParams(wire.path.split('?')[1] ?? '').getAll('scope'),
    follow: (link) => sendOnWire(server.port, { ...wire, path: pathAndQuery(resolve(link)) }),
    runCase: async (id) => {
      const other = setting.otherCase(id);
      if (other === undefined) throw new Error(`there is no case "${id}" to compare with`);
      return (await runSteps(other, setting, {})).at(-1) as Answer;
    },
  });
}

const resolveLocation = (location: string, wire: WireRequest, port: number) =>
  new URL(location, `http://127.0.0.1:${port}${wire.path}`).href;

function pathAndQuery(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, '');
}

function capturedValue(source: string, wire: WireRequest, answer: Answer): string {
  const [kind, name = ''] = source.split(':');
  if (kind === 'body') return answer.text;
  if (kind === 'json') return String((answer.json() as Record<string, unknown>)[name]);
  if (kind !== 'header') throw new Error(`the capture "${source}" is not explained`);
  const value = String(answer.headers[name] ?? '');
  return name === 'location' ? new URL(value, `http://127.0.0.1${wire.path}`).href : value;
}
