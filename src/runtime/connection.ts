import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { hostName, hostPort } from './http-url.js';
import { NetworkError } from './network-failure.js';
import type { Dial, DialDecision, DialTarget } from './pull.js';
import { peerProblem } from './tls-verification.js';

/** TLS as one registry host wants it: what hosts.toml says of it. Equal settings share connections. */
export interface TlsSettings {
  /** PEM texts trusted besides the system's roots. */
  readonly ca?: readonly string[];
  readonly clientCertificates?: readonly { readonly cert: string; readonly key: string }[];
  readonly skipVerify?: boolean;
}

export interface ConnectionOptions {
  /** Absent: real names and ports. */
  readonly dial?: Dial | undefined;
  readonly now: () => Date;
  readonly dialTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
}

/**
 * Opens a connection for one URL authority: a TCP socket, with TLS on it when the protocol asks for it.
 *
 * @throws {@link NetworkError}, or the socket's own error
 */
export async function openConnection(
  target: DialTarget,
  tls: TlsSettings,
  options: ConnectionOptions,
): Promise<Socket> {
  const decision = options.dial?.({ ...target, ...trustOf(tls) }) ?? realDecision(target);
  if ('fail' in decision) throw new NetworkError(decision.fail);
  const { address, port, plain } = decision.connect;
  const socket = await openTcp(address, port, options.dialTimeoutMs);
  return target.protocol === 'http' || plain ? socket : await handshake(socket, target.host, tls, options);
}

const trustOf = ({ skipVerify, ca }: TlsSettings) => ({
  skipsVerification: skipVerify === true,
  hasOwnAuthorities: ca !== undefined && ca.length > 0,
});

function realDecision({ protocol, host }: DialTarget): DialDecision {
  const port = hostPort(host) || (protocol === 'http' ? '80' : '443');
  return { connect: { address: hostName(host), port: Number(port), plain: false } };
}

function openTcp(address: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port });
    let peer = address;
    socket.once('lookup', (_error, found) => {
      peer = found ?? peer;
    });
    const timer = setTimeout(() => {
      const text = peer.includes(':') ? `[${peer}]:${port}` : `${peer}:${port}`;
      socket.destroy(new NetworkError({ kind: 'timeout', address: text }));
    }, timeoutMs);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      act();
    };
    socket.once('connect', () => settle(() => resolve(socket.setNoDelay(true))));
    socket.once('error', (error) => settle(() => reject(error)));
  });
}

function handshake(
  tcp: Socket,
  authority: string,
  settings: TlsSettings,
  options: ConnectionOptions,
): Promise<Socket> {
  const host = hostName(authority);
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: tcp,
      secureContext: secureContextOf(settings),
      // Judged below, in Go's order and by the injected clock.
      rejectUnauthorized: false,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ALPNProtocols: ['http/1.1'],
    });
    const fail = (error: unknown) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // An error that comes after the first one has nobody to tell.
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new NetworkError({ kind: 'handshake-timeout' })),
      options.tlsHandshakeTimeoutMs,
    );
    socket.once('error', fail);
    socket.once('close', () => fail(new NetworkError({ kind: 'closed' })));
    socket.once('secureConnect', () => {
      const problem = settings.skipVerify === true ? undefined : peerProblem(socket, host, options.now());
      if (problem !== undefined) return fail(new NetworkError(problem));
      clearTimeout(timer);
      socket.removeAllListeners('error');
      socket.removeAllListeners('close');
      resolve(socket);
    });
  });
}

/** Reading the system's roots takes tens of milliseconds: one context per settings object. */
const contexts = new WeakMap<TlsSettings, SecureContext>();

function secureContextOf(settings: TlsSettings): SecureContext {
  const known = contexts.get(settings);
  if (known !== undefined) return known;
  const { ca, clientCertificates } = settings;
  const context = createSecureContext({
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ...ca] }),
    ...(clientCertificates === undefined
      ? {}
      : {
          cert: clientCertificates.map(({ cert }) => cert),
          key: clientCertificates.map(({ key }) => key),
        }),
  });
  contexts.set(settings, context);
  return context;
}
