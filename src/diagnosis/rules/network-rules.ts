import type { PullFailure } from '../../wire/pull-failure.js';
import { splitPort } from '../key-miss.js';
import { links } from '../links.js';
import { type ImageCase, locateImage } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import type { TransportFailure } from '../trouble.js';
import { when } from './content-rules.js';

/** Catalogue G: the way to the registry. */
export const networkRules: readonly Rule[] = [
  {
    id: 'NET00',
    title: 'The node does not reach the registry',
    severity: 'error',
    why: "The pull begins on the node, with the node's name servers, routes and proxies, not with the pod's.",
    links: [links.containerdHosts],
    about: 'image',
    on: ['transport'],
    detect: (image) =>
      when(image, 'transport', ({ failure }) => ({
        message: `node "${image.pod.facts.node.name}" cannot reach ${failure.host}: ${transportWords(failure)}.`,
        fix: `on the node, try: curl -v https://${failure.host}/v2/`,
        source: locateImage(image),
      })),
  },
  {
    id: 'NET01',
    title: 'The registry speaks HTTP and the node HTTPS',
    severity: 'error',
    why: "Runtimes use TLS for every host but this machine's. http:// in a secret's key changes nothing: how a host is spoken to is set on the node.",
    refines: ['NET00'],
    links: [links.containerdHosts],
    about: 'image',
    on: ['transport'],
    detect: (image) => transport(image, ['http-on-https'], plainHttp),
  },
  {
    id: 'NET02',
    title: "The registry's certificate is not accepted",
    severity: 'error',
    why: 'The node checks the certificate against its trust store, the name and the date. Registries with a certificate of their own need their CA on every node.',
    refines: ['NET00'],
    links: [links.containerdHosts],
    about: 'image',
    on: ['transport'],
    detect: (image) => transport(image, ['tls'], badCertificate),
  },
  {
    id: 'NET03',
    title: 'localhost is the node',
    severity: 'error',
    why: 'The kubelet pulls on the node, so localhost and 127.0.0.1 are the node itself, not the machine that kubectl runs on. With kind, k3d and minikube that is a container or a VM.',
    refines: ['NET00', 'NET01', 'NET02'],
    links: ['https://kind.sigs.k8s.io/docs/user/local-registry/'],
    about: 'image',
    on: ['transport'],
    detect: (image) =>
      isLoopback(image.host)
        ? transport(image, ['connection-refused', 'http-on-https', 'timeout', 'tls'], localRegistry)
        : nothing,
  },
  {
    id: 'NET04',
    title: "A mirror refuses the pod's credential",
    severity: 'error',
    why: "containerd offers the pod's credential to every host that it asks, mirrors first. A mirror with users of its own refuses it.",
    refines: ['CRED01', 'CRED10', 'REF03', 'KEY00'],
    links: [links.containerdHosts],
    about: 'image',
    on: ['refused'],
    detect: mirrorRefuses,
  },
  {
    id: 'NET05',
    title: 'The token endpoint gives no token',
    severity: 'error',
    why: 'The registry names the address of its token server in its challenge. Behind proxies and after moves that address is often wrong.',
    links: [links.containerdHosts],
    about: 'image',
    on: ['token-endpoint'],
    detect: (image) =>
      when(image, 'token-endpoint', ({ realm, status }) => ({
        message: `${image.host} sends logins to ${realm}, which ${status === null ? 'gives no usable answer' : `answers ${status}`}.`,
        fix: `set the realm of the registry to the address of its token server; on the node, try: curl -v ${realm}`,
        source: locateImage(image),
      })),
  },
  {
    id: 'NET07',
    title: 'The name is known inside the cluster only',
    severity: 'error',
    why: "Nodes do not use the cluster's DNS: registry.default.svc means something to pods and nothing to the kubelet.",
    refines: ['NET00'],
    links: [links.imageNames],
    about: 'image',
    on: ['transport'],
    detect: (image) =>
      /\.(?:svc|svc\.[\w.-]+|cluster\.local)$/.test(splitPort(image.host).name)
        ? transport(image, ['no-such-host'], inClusterName)
        : nothing,
  },
  {
    id: 'NET08',
    title: 'The registry has an error of its own',
    severity: 'error',
    why: "An answer of 500 and above is the registry's fault, or of something before it.",
    links: [links.imageNames],
    about: 'image',
    on: ['server'],
    detect: (image) =>
      when(image, 'server', ({ status, host }) => ({
        message: `${host} answers ${status}: the registry or a proxy before it is in trouble.`,
        fix: "look at the registry's log; the kubelet tries again by itself",
        source: locateImage(image),
      })),
  },
];

function transport(
  image: ImageCase,
  kinds: readonly TransportFailure['kind'][],
  tell: (image: ImageCase, failure: TransportFailure) => Pick<Detection, 'message' | 'fix'>,
): readonly Detection[] {
  return when(image, 'transport', ({ failure }) =>
    kinds.includes(failure.kind) ? { ...tell(image, failure), source: locateImage(image) } : undefined,
  );
}

function transportWords(failure: TransportFailure): string {
  switch (failure.kind) {
    case 'no-such-host':
      return 'no name server knows that name';
    case 'connection-refused':
      return 'nothing listens there';
    case 'timeout':
      return 'no answer in time';
    case 'connection-closed':
      return 'the connection was closed without an answer';
    case 'http-on-https':
      return 'it speaks HTTP, the node HTTPS';
    case 'tls':
      return 'its certificate is not accepted';
    default:
      return failure satisfies never;
  }
}

/** The folder of hosts.toml has the port between underscores, or after a colon; both are read. */
const hostsToml = (host: string, lines: readonly string[]): string =>
  [
    `on the node, in /etc/containerd/certs.d/${host}/hosts.toml write`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');

const plainHttp = (image: ImageCase, { host }: TransportFailure) => ({
  message: `${host} speaks HTTP, and node "${image.pod.facts.node.name}" speaks HTTPS to it.`,
  fix: hostsToml(host, [`server = "http://${host}"`]),
});

function badCertificate(image: ImageCase, failure: TransportFailure) {
  const { host } = failure;
  const problem = failure.kind === 'tls' ? failure.problem : 'other';
  const node = `node "${image.pod.facts.node.name}"`;
  switch (problem) {
    case 'unknown-authority':
      return {
        message: `${node} does not know who signed the certificate of ${host}.`,
        fix: hostsToml(host, [`server = "https://${host}"`, `ca = "/etc/containerd/certs.d/${host}/ca.crt"`]),
      };
    case 'expired':
      return { message: `the certificate of ${host} has expired.`, fix: `renew the certificate of ${host}` };
    case 'wrong-name':
      return {
        message: `the certificate of ${host} is for another name.`,
        fix: `give ${host} a certificate with that name, or use the name that it has`,
      };
    default:
      return {
        message: `${node} does not accept the certificate of ${host}.`,
        fix: `on the node, try: openssl s_client -connect ${host}${host.includes(':') ? '' : ':443'}`,
      };
  }
}

const isLoopback = (host: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/.test(splitPort(host).name);

const localRegistry = (image: ImageCase, { host }: TransportFailure) => ({
  message: `${host} is the node "${image.pod.facts.node.name}" itself, and no registry answers there.`,
  fix: `name the registry as the node reaches it, or tell the node where ${host} is:\n${hostsToml(host, ['[host."http://registry:5000"]'])}`,
});

const inClusterName = (image: ImageCase, { host }: TransportFailure) => ({
  message: `${host} is a name of the cluster's DNS, which node "${image.pod.facts.node.name}" does not use.`,
  fix: "use a name that the nodes' own DNS knows, or an address",
});

function mirrorRefuses(image: ImageCase): readonly Detection[] {
  const { trouble, host, pod } = image;
  if (trouble.kind !== 'refused') return nothing;
  const { failure } = trouble.attempt;
  const mirrors = pod.facts.node.mirrors?.[host] ?? [];
  const refusing = failure === null ? undefined : refusingHost(failure);
  if (refusing === undefined || !mirrors.includes(refusing)) return nothing;
  return [
    {
      message: `${refusing}, a mirror of ${host} on node "${pod.facts.node.name}", refuses what the pod brings for ${host}.`,
      fix: hostsToml(host, [`[host."https://${refusing}".header]`, '  authorization = "Basic …"']),
      source: locateImage(image),
    },
  ];
}

/** Who refused: the registry itself, or the token server that it named. */
const refusingHost = (failure: PullFailure): string | undefined =>
  failure.kind === 'token-refused'
    ? /^https?:\/\/([^/]+)/.exec(failure.realm)?.[1]
    : 'host' in failure
      ? failure.host
      : undefined;
