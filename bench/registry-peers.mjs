// The servers of the registry benchmark, each a process of its own: pullsim with its token server, Debian's
// docker-registry in front of a folder, and a bare node:http server that returns the same bytes.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './measure.mjs';

export const user = 'bench';
export const password = 'bench-password';
export const repository = 'bench/app';
const host = 'registry.example.com';
const basicHost = 'basic.example.com';

/** Starts a server; resolves with the first match of `ready` in what it prints. */
export function startServer(command, args, ready, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let printed = '';
    const read = (chunk) => {
      printed += chunk;
      const found = ready.exec(printed);
      if (found === null) return;
      for (const stream of [child.stdout, child.stderr]) stream.off('data', read).resume();
      const ended = new Promise((end) => child.once('close', end));
      const stop = () => {
        child.kill('SIGKILL');
        return ended;
      };
      resolve({ url: `http://${found[1]}`, pid: child.pid, printed, stop });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${command} ended with ${code}: ${printed}`)));
  });
}

const main = join(root, 'dist/cli/main.js');
export const startPullsim = (args, cwd) =>
  startServer(
    process.execPath,
    [main, 'serve', '--port', '0', ...args],
    /at http:\/\/([0-9.:]+)[\s\S]*Ctrl-C/,
    { cwd },
  );

/** One world for the token server and for the registry, so that both know the same user, service and key. */
const world = `apiVersion: pullsim/v1
kind: World
registries:
  - host: ${host}
    users: [{ name: ${user}, password: ${password} }]
    signingKey: token/signing-key.pem
    layout: content
  - { host: ${basicHost}, auth: basic, htpasswd: users, layout: content-basic }
`;

/** All servers, with the same image in each. */
export async function startPeers(folder) {
  const stops = [];
  const started = async (server) => {
    stops.push(server.stop);
    return server;
  };
  writeFileSync(join(folder, 'world.yaml'), world);
  writeFileSync(join(folder, 'users'), await bcryptLine());
  const tokens = await started(
    await startPullsim(['--config', 'world.yaml', '--token-only', '--state', 'token'], folder),
  );
  const pullsim = await started(await startPullsim(['--config', 'world.yaml'], folder));
  const bundle = /rootcertbundle: (\S+)/.exec(tokens.printed)[1];
  const docker = await started(
    await startDockerRegistry(folder, 'docker', {
      token: { realm: `${tokens.url}/token`, service: host, issuer: 'pullsim', rootcertbundle: bundle },
    }),
  );
  const dockerBasic = await started(
    await startDockerRegistry(folder, 'docker-basic', {
      htpasswd: { realm: 'bench', path: join(folder, 'users') },
    }),
  );
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const bearer = `Bearer ${await tokenFrom(tokens.url, basic)}`;
  return {
    pullsim: { url: pullsim.url, headers: { Authorization: bearer }, pid: pullsim.pid },
    docker: { url: docker.url, headers: { Authorization: bearer } },
    pullsimBasic: { url: pullsim.url, headers: { Authorization: basic, Host: basicHost } },
    dockerBasic: { url: dockerBasic.url, headers: { Authorization: basic } },
    stop: () => Promise.all(stops.map((stop) => stop())),
  };
}

async function bcryptLine() {
  const { default: bcrypt } = await import('bcryptjs');
  return `${user}:${bcrypt.hashSync(password, 10)}\n`;
}

async function tokenFrom(url, authorization) {
  const scope = `repository:${repository}:pull,push`;
  const query = new URLSearchParams({ service: host, scope });
  const answer = await fetch(`${url}/token?${query}`, { headers: { authorization } });
  return (await answer.json()).token;
}

function startDockerRegistry(folder, name, auth) {
  const file = join(folder, `${name}.yml`);
  const storage = { filesystem: { rootdirectory: join(folder, name) } };
  const configuration = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage,
    http: { addr: '127.0.0.1:0', secret: 'bench' },
    auth,
  };
  writeFileSync(file, JSON.stringify(configuration));
  return startServer('docker-registry', ['serve', file], /listening on ([0-9.:]+)/);
}

/** A server without routes, rights and stores: the most that Node gives for these bytes and headers. */
export async function startBare(folder, { bytes, headers }) {
  writeFileSync(join(folder, 'bare-body'), bytes);
  const program = `
    const body = require('node:fs').readFileSync('bare-body');
    const headers = ${JSON.stringify(headers)};
    require('node:http').createServer((request, response) => {
      response.writeHead(200, headers);
      response.end(body);
    }).listen(0, '127.0.0.1', function () { console.log('listening on 127.0.0.1:' + this.address().port); });
  `;
  return startServer(process.execPath, ['-e', program], /listening on ([0-9.:]+)/, { cwd: folder });
}

export const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The programs that the benchmark needs beside Node; names those that are absent. */
export const absentPrograms = () =>
  ['docker-registry', 'wrk'].filter(
    (program) => !(process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program))),
  );

/** An image of one layer, as every client pushes it. */
export function sampleImage() {
  const layer = randomBytes(1000);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
    }),
  );
  const descriptor = (mediaType, bytes) => ({ mediaType, digest: sha256(bytes), size: bytes.length });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
    }),
  );
  return { blobs: [layer, config], manifest, mediaType };
}

/** Peak resident memory of a process in megabytes. */
export const peakMegabytes = (pid) =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
