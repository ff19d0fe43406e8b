import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { median, withFolder } from './measure.mjs';
import {
  absentPrograms,
  repository,
  sampleImage,
  sha256,
  startBare,
  startPeers,
  startPullsim,
  user,
} from './registry-peers.mjs';

export const title =
  "the registry side by side with Debian's docker-registry 2.8.2 and a bare node:http server; tokens by one token server";

const seconds = 2;
const megabyte = 1024 * 1024;
const blobBytes = 64 * megabyte;

export async function run() {
  const absent = absentPrograms();
  if (absent.length > 0) throw new Error(`this benchmark needs the Debian packages ${absent.join(', ')}`);
  return withFolder(async (folder) => {
    const peers = await startPeers(folder);
    try {
      return [
        ...(await manifests(folder, peers)),
        ...(await wrongLogins(peers)),
        ...(await blobs(peers)),
        ...(await coldStart(folder)),
      ];
    } finally {
      await peers.stop();
    }
  });
}

/** Requests per second for a tag's manifest, the servers in turn, medians of rounds. */
async function manifests(folder, peers) {
  const image = sampleImage();
  const registries = [peers.pullsim, peers.docker, peers.pullsimBasic, peers.dockerBasic];
  for (const registry of registries) await pushImage(registry, image);
  const path = `/v2/${repository}/manifests/v1`;
  const sample = await send(peers.pullsim, 'GET', path);
  const bare = await startBare(folder, { bytes: sample.body, headers: headersOf(sample) });
  try {
    const rates = await rounds(3, {
      ours: () => load({ ...peers.pullsim, path, accept: image.mediaType }),
      docker: () => load({ ...peers.docker, path, accept: image.mediaType }),
      bare: () => load({ url: bare.url, headers: peers.pullsim.headers, path, accept: image.mediaType }),
      oursBasic: () => load({ ...peers.pullsimBasic, path, accept: image.mediaType }),
    });
    const dockerBasic = await load({ ...peers.dockerBasic, path, accept: image.mediaType }, 4);
    return [
      rate('GET manifest, bearer: pullsim', rates.ours),
      rate('GET manifest, bearer: docker-registry', rates.docker),
      rate('GET manifest: bare node:http', rates.bare),
      ratio('GET manifest, bearer: to docker-registry', rates.ours / rates.docker, 10),
      ratio('GET manifest, bearer: to bare node:http', rates.ours / rates.bare, 0.4),
      rate('GET manifest, Basic (bcrypt cost 10): pullsim', rates.oursBasic),
      rate('GET manifest, Basic (bcrypt cost 10): docker-registry', dockerBasic.perSecond),
      ratio('GET manifest, Basic: to docker-registry', rates.oursBasic / dockerBasic.perSecond, 500),
    ];
  } finally {
    await bare.stop();
  }
}

/** Good requests while 50 clients try wrong passwords without a pause. */
async function wrongLogins({ pullsim, pullsimBasic }) {
  const path = `/v2/${repository}/manifests/v1`;
  const guess = `Basic ${Buffer.from(`${user}:wrong`).toString('base64')}`;
  const guessing = { ...pullsimBasic, headers: { ...pullsimBasic.headers, Authorization: guess } };
  let guesses = 0;
  let stopped = false;
  const guessers = Array.from({ length: 50 }, async () => {
    while (!stopped) {
      const { status } = await send(guessing, 'GET', path);
      if (status !== 401) throw new Error(`a wrong password was answered ${status}`);
      guesses += 1;
    }
  });
  const good = [];
  for (const registry of [pullsim, pullsimBasic])
    good.push(await load({ ...registry, path }, 3, { connections: 4 }));
  stopped = true;
  await Promise.all(guessers);
  return [
    { what: 'wrong logins checked meanwhile', value: String(guesses) },
    ...['bearer', 'Basic'].map((kind, index) => ({
      what: `p99 of good requests while 50 wrong logins run: ${kind}`,
      value: `${good[index].p99Ms.toFixed(1)} ms`,
      target: 'at most 50 ms',
      meets: good[index].p99Ms <= 50,
    })),
  ];
}

/** Megabytes per second of one large blob. */
async function blobs({ pullsim, docker }) {
  const blob = randomBytes(blobBytes);
  const fresh = () => {
    randomBytes(16).copy(blob);
    return { digest: sha256(blob), bytes: blob };
  };
  const pushes = { ours: [], docker: [] };
  for (let round = 0; round < 9; round += 1) {
    for (const [name, registry] of Object.entries({ ours: pullsim, docker })) {
      const { digest, bytes } = fresh();
      const started = process.hrtime.bigint();
      await pushBlob(registry, digest, bytes);
      pushes[name].push(Number(process.hrtime.bigint() - started) / 1e9);
    }
  }
  const { digest } = fresh();
  for (const registry of [pullsim, docker]) await pushBlob(registry, digest, blob);
  const path = `/v2/${repository}/blobs/${digest}`;
  const reads = await rounds(3, {
    ours: () => load({ ...pullsim, path }, seconds, { connections: 2 }),
    docker: () => load({ ...docker, path }, seconds, { connections: 2 }),
  });
  const perSecond = (requests) => `${Math.round((requests * blobBytes) / megabyte)} MB/s`;
  const pushRate = (name) => 1 / median(pushes[name]);
  return [
    { what: 'GET 64 MiB blob: pullsim', value: perSecond(reads.ours) },
    { what: 'GET 64 MiB blob: docker-registry', value: perSecond(reads.docker) },
    ratio('GET 64 MiB blob: to docker-registry', reads.ours / reads.docker, 1),
    { what: 'push 64 MiB blob: pullsim', value: perSecond(pushRate('ours')) },
    { what: 'push 64 MiB blob: docker-registry', value: perSecond(pushRate('docker')) },
    ratio('push 64 MiB blob: to docker-registry', pushRate('ours') / pushRate('docker'), 1),
  ];
}

/** From the start of the process to the first manifest out of a folder with many tags. */
async function coldStart(folder) {
  const tags = 10_000;
  const { manifest, mediaType, blobs } = sampleImage();
  const layout = join(folder, 'many', 'content', repository);
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  for (const bytes of [manifest, ...blobs])
    writeFileSync(join(layout, 'blobs/sha256', sha256(bytes).slice(7)), bytes);
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const manifests = Array.from({ length: tags }, (_, tag) => ({
    mediaType,
    digest: sha256(manifest),
    size: manifest.length,
    annotations: { 'org.opencontainers.image.ref.name': `v${tag}` },
  }));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(
    join(folder, 'many', 'world.yaml'),
    'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: a.example.com, auth: none, layout: content }]\n',
  );
  const samples = [];
  for (let round = 0; round < 5; round += 1) {
    const started = process.hrtime.bigint();
    const server = await startPullsim(['--config', 'world.yaml'], join(folder, 'many'));
    const { status } = await send(
      { url: server.url, headers: {} },
      'GET',
      `/v2/${repository}/manifests/v${tags - 1}`,
    );
    samples.push(Number(process.hrtime.bigint() - started) / 1e6);
    await server.stop();
    if (status !== 200) throw new Error(`the last tag was answered ${status}`);
  }
  const ms = median(samples);
  return [
    {
      what: 'start to first answer, 10,000 tags in the folder',
      value: `${ms.toFixed(0)} ms`,
      target: 'at most 300 ms',
      meets: ms <= 300,
    },
  ];
}

/** Runs every load in turn, `count` times: what else the machine does strikes all alike. */
async function rounds(count, loads) {
  const samples = Object.fromEntries(Object.keys(loads).map((name) => [name, []]));
  for (let round = 0; round < count; round += 1)
    for (const [name, start] of Object.entries(loads)) samples[name].push((await start()).perSecond);
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

/** wrk, for `duration` seconds; an answer that is no success fails the benchmark. */
function load({ url, headers, path, accept }, duration = seconds, { connections = 16 } = {}) {
  const all = { ...headers, ...(accept && { accept }) };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return new Promise((resolve, reject) => {
    const args = [
      '-t1',
      `-c${connections}`,
      `-d${duration}s`,
      '--timeout',
      '10s',
      '--latency',
      ...flags,
      url + path,
    ];
    const child = spawn('wrk', args);
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    child.once('close', () => {
      const perSecond = Number(/Requests\/sec:\s+([0-9.]+)/.exec(printed)?.[1]);
      const bad = /Non-2xx|Socket errors: (?!connect 0, read 0, write 0)/.test(printed);
      if (bad || !(perSecond > 0)) reject(new Error(`wrk ${url}${path}: ${printed}`));
      else resolve({ perSecond, p99Ms: milliseconds(/99%\s+([0-9.]+)(us|ms|s)/.exec(printed)) });
    });
  });
}

const milliseconds = ([, number, unit]) => Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit];

/** node:http rather than fetch, which sets `Host` itself. */
function send({ url, headers }, method, path, { type, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), {
      method,
      headers: { ...headers, ...(type && { 'content-type': type }), 'content-length': body?.length ?? 0 },
    });
    outgoing.on('response', (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function pushImage(registry, { blobs, manifest, mediaType }) {
  for (const bytes of blobs) await pushBlob(registry, sha256(bytes), bytes);
  const put = await send(registry, 'PUT', `/v2/${repository}/manifests/v1`, {
    type: mediaType,
    body: manifest,
  });
  if (put.status !== 201) throw new Error(`PUT manifest: ${put.status} ${put.body}`);
}

async function pushBlob(registry, digest, body) {
  const started = await send(registry, 'POST', `/v2/${repository}/blobs/uploads/`);
  const location = new URL(started.headers.location, registry.url);
  location.searchParams.set('digest', digest);
  const put = await send(registry, 'PUT', location.pathname + location.search, {
    type: 'application/octet-stream',
    body,
  });
  if (put.status !== 201) throw new Error(`PUT blob: ${put.status} ${put.body}`);
}

/** What the registry sends, for the bare server to send too; Node adds the rest. */
function headersOf({ headers }) {
  const { date: _, connection: __, 'keep-alive': ___, ...own } = headers;
  return own;
}

const rate = (what, perSecond) => ({ what, value: `${Math.round(perSecond)} /s` });

const ratio = (what, value, target) => ({
  what,
  value: `× ${value.toFixed(value < 20 ? 2 : 0)}`,
  target: `at least × ${target}`,
  meets: value >= target,
});
