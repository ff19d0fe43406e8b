import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerdOptions, createContainerd } from '../../src/runtime/containerd.js';
import { createCrio } from '../../src/runtime/crio.js';
import { hostsDirectoryOf } from '../../src/runtime/hosts-directory.js';
import type { Dial, PullResult, Runtime } from '../../src/runtime/pull.js';
import { probeCertificates } from '../support/probe/certificates.js';
import { type Probe, startProbe } from '../support/probe/server.js';

const now = new Date();
const pki = probeCertificates(now);
const name = 'registry.example.com/sc/public:v1';

let probe: Probe;
beforeAll(async () => {
  probe = await startProbe(now);
});
afterAll(() => probe.close());

const dialTo =
  (port: number): Dial =>
  () => ({ connect: { address: '127.0.0.1', port, plain: false } });

const platform = { os: 'linux', architecture: 'amd64' };

async function pullAndClose(runtime: Runtime, image = name): Promise<PullResult> {
  try {
    return await runtime.pull(image);
  } finally {
    runtime.close();
  }
}

const pullWith = (files: Readonly<Record<string, string>>, more: Partial<ContainerdOptions> = {}) =>
  pullAndClose(
    createContainerd({
      release: 'containerd-2.3',
      platform,
      hosts: hostsDirectoryOf(files),
      dial: dialTo(probe.portFor(443) ?? 0),
      now: () => now,
      ...more,
    }),
  );

const signedByUnknown = /tls: failed to verify certificate: x509: certificate signed by unknown authority$/;

describe('a registry’s certificate', () => {
  test('is trusted by the CA of its directory, and of hosts.toml', async () => {
    expect((await pullWith({ 'registry.example.com/ca.crt': probe.ca })).ok).toBe(true);
    const toml = '[host."https://registry.example.com"]\nca = "own.pem"';
    const files = { 'registry.example.com/hosts.toml': toml, 'registry.example.com/own.pem': probe.ca };
    expect((await pullWith(files)).ok).toBe(true);
  });

  test('is not trusted by the CA of another host', async () => {
    expect(await pullWith({ 'other.example.com/ca.crt': probe.ca })).toMatchObject({
      description: expect.stringMatching(signedByUnknown),
      failure: { kind: 'tls', problem: 'unknown-authority', host: 'registry.example.com' },
    });
  });

  test('is not looked at with skip_verify, whatever is wrong with it', async () => {
    const files = {
      'registry.example.com/hosts.toml': '[host."https://registry.example.com"]\nskip_verify = true',
    };
    const dial = dialTo(probe.portFor(8444) ?? 0);
    expect((await pullWith(files, { dial })).ok).toBe(true);
  });

  test.each([
    [
      8444,
      /certificate has expired or is not yet valid: current time \S+ is after 2021-01-01T00:00:00Z$/,
      'expired',
    ],
    [8445, /certificate is valid for other.example.net, not registry.example.com$/, 'wrong-name'],
    [8443, signedByUnknown, 'unknown-authority'],
  ])('on port %i fails as Go says', async (port, text, problem) => {
    const dial = dialTo(probe.portFor(port) ?? 0);
    expect(await pullWith({ 'registry.example.com/ca.crt': probe.ca }, { dial })).toMatchObject({
      description: expect.stringMatching(text),
      failure: { kind: 'tls', problem },
    });
  });

  test('is judged by the clock that was given', async () => {
    const later = new Date('2100-01-01T00:00:00Z');
    const result = await pullWith({ 'registry.example.com/ca.crt': probe.ca }, { now: () => later });
    expect(result).toMatchObject({
      description: expect.stringContaining('current time 2100-01-01T00:00:00Z is after'),
    });
  });

  test.each([
    [
      'ca = "none.pem"',
      /unable to read CA cert "\S+none\.pem": open \S+none\.pem: no such file or directory$/,
    ],
    ['ca = "text.pem"', /unable to load CA cert "\S+text\.pem"$/],
    [
      'client = "none.pem"',
      /unable to read CERT file "\S+none\.pem": open \S+none\.pem: no such file or directory$/,
    ],
  ])('cannot be checked with %s', async (line, text) => {
    const files = {
      'registry.example.com/hosts.toml': `[host."https://registry.example.com"]\n${line}`,
      'registry.example.com/text.pem': 'no certificate',
    };
    expect(await pullWith(files)).toMatchObject({ description: expect.stringMatching(text) });
  });
});

describe('a registry that speaks no TLS', () => {
  test('is an http server to Go', async () => {
    const dial = dialTo(probe.portFor(5000) ?? 0);
    expect(await pullWith({}, { dial })).toMatchObject({
      description: expect.stringMatching(/http: server gave HTTP response to HTTPS client$/),
      failure: { kind: 'http-on-https' },
    });
  });

  test('on loopback, with a port, is asked by http then', async () => {
    const runtime = createContainerd({
      release: 'containerd-2.3',
      platform,
      dial: dialTo(probe.portFor(5000) ?? 0),
      now: () => now,
    });
    expect((await pullAndClose(runtime, '127.0.0.1:5000/sc/public:v1')).ok).toBe(true);
  });
});

describe('client certificates', () => {
  const { cert, key } = pki.good;
  let seen: (string | undefined)[] = [];
  const server = createServer(
    { ...pki.good, requestCert: true, rejectUnauthorized: false },
    (request, answer) => {
      const certificate = (request.socket as TLSSocket).getPeerCertificate();
      seen.push(certificate.subject?.CN as string | undefined);
      answer.writeHead(404).end();
    },
  );
  let dial: Dial;
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    dial = dialTo((server.address() as AddressInfo).port);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    [
      'hosts.toml',
      {
        'hosts.toml': '[host."https://registry.example.com"]\nca = "ca.crt"\nclient = [["c.cert", "c.key"]]',
        'ca.crt': pki.ca,
        'c.cert': cert,
        'c.key': key,
      },
    ],
    ['Docker’s layout', { 'ca.crt': pki.ca, 'c.cert': cert, 'c.key': key }],
  ])('of %s are shown', async (_, files) => {
    seen = [];
    const named = Object.entries(files).map(([file, text]) => [`registry.example.com/${file}`, text]);
    await pullWith(Object.fromEntries(named), { dial });
    expect(seen[0]).toBe('good');
  });

  const crioWith = (files: Readonly<Record<string, string>>) =>
    pullAndClose(
      createCrio({
        kubernetesVersion: '1.37',
        platform,
        dial,
        now: () => now,
        certificates: hostsDirectoryOf(
          Object.fromEntries(
            Object.entries(files).map(([file, text]) => [`registry.example.com/${file}`, text]),
          ),
        ),
      }),
    );

  test('of CRI-O’s certs.d are shown', async () => {
    seen = [];
    await crioWith({ 'ca.crt': pki.ca, 'c.cert': cert, 'c.key': key });
    expect(seen[0]).toBe('good');
  });

  test('of CRI-O’s certs.d must be complete', async () => {
    expect(await crioWith({ 'c.cert': cert })).toMatchObject({
      description: expect.stringContaining(
        'missing key c.key for client certificate c.cert. Note that CA certificates should use the extension .crt',
      ),
    });
    expect(await crioWith({ 'c.key': key })).toMatchObject({
      description: expect.stringContaining('missing client certificate c.cert for key c.key'),
    });
  });
});

test('a handshake that does not end is given up', async () => {
  const silent = createTcpServer();
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  const result = await pullWith(
    {},
    {
      dial: dialTo((silent.address() as AddressInfo).port),
      timeouts: { tlsHandshakeMs: 20 },
      sleep: async () => {},
    },
  );
  expect(result).toMatchObject({
    description: expect.stringMatching(/: net\/http: TLS handshake timeout$/),
    failure: { kind: 'timeout' },
  });
  for (const socket of sockets) socket.destroy();
  silent.close();
});
