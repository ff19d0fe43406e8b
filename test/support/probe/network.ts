import { hostName, hostPort } from '../../../src/runtime/http-url.js';
import type { Dial } from '../../../src/runtime/pull.js';
import type { Probe } from './server.js';

/** The network that the recordings were made in: every name is this machine, but for those that do not exist. */
export interface ProbeNetwork {
  readonly nameServer: string;
  readonly nxdomain: readonly string[];
  readonly blackhole: { readonly host: string; readonly address: string };
}

/** Leads the recordings' ports to the probe's; texts keep the recordings' addresses. */
export function dialProbe(probe: Probe, network: ProbeNetwork): Dial {
  return ({ protocol, host }) => {
    const name = hostName(host);
    const port = Number(hostPort(host) || (protocol === 'http' ? 80 : 443));
    if (network.nxdomain.includes(name))
      return { fail: { kind: 'no-such-host', server: network.nameServer } };
    if (name === network.blackhole.host) {
      return { fail: { kind: 'timeout', address: `${network.blackhole.address}:${port}` } };
    }
    const listening = probe.portFor(port);
    if (listening === undefined)
      return { fail: { kind: 'connection-refused', address: `127.0.0.1:${port}` } };
    return { connect: { address: '127.0.0.1', port: listening, plain: false } };
  };
}
