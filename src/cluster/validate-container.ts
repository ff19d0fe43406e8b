import { gatedFields } from '../versions/api-server.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from './field-error.js';
import { dns1123Label, portName } from './name-rules.js';
import type { Container, ContainerPort, EnvVar, VolumeMount } from './objects.js';
import { breaches } from './validate-meta.js';

/** The words that closed lists of a container allow, in the order in which the API server prints them. */
const words = {
  pullPolicy: ['Always', 'IfNotPresent', 'Never'],
  protocol: ['SCTP', 'TCP', 'UDP'],
  terminationMessagePolicy: ['File', 'FallbackToLogsOnError'],
  restartPolicy: ['Always', 'Never', 'OnFailure'],
} as const;

/**
 * The API server's checks of one container of any kind, in its order (Kubernetes 1.36): name, image, ports, environment,
 * mounts, pull policy. The image is only asked to be there: capitals, URLs and blanks inside pass (kubelet.md §4.2).
 *
 * @param volumes the names of the pod's good volumes
 */
export function validateContainer(
  container: Container,
  path: string,
  volumes: ReadonlySet<string>,
): readonly FieldError[] {
  const { name = '', image = '', imagePullPolicy = '', terminationMessagePolicy = '' } = container;
  return [
    ...(name === '' ? [required(`${path}.name`)] : breaches(`${path}.name`, name, dns1123Label)),
    ...(image === '' ? [required(`${path}.image`)] : []),
    ...oneOf(`${path}.terminationMessagePolicy`, terminationMessagePolicy, words.terminationMessagePolicy),
    ...validatePorts(container.ports ?? [], `${path}.ports`),
    ...(container.env ?? []).flatMap((variable, index) =>
      validateVariable(variable, `${path}.env[${index}]`),
    ),
    ...validateMounts(container.volumeMounts ?? [], `${path}.volumeMounts`, volumes),
    ...oneOf(`${path}.imagePullPolicy`, imagePullPolicy, words.pullPolicy),
  ];
}

/** `restartPolicy` of a container: sidecars have `Always`; since 1.35 all containers may have one. */
export function validateRestart(
  { restartPolicy }: Container,
  path: string,
  kind: 'container' | 'initContainer',
  minor: number,
): readonly FieldError[] {
  if (restartPolicy === undefined) return [];
  const at = `${path}.restartPolicy`;
  if (minor >= gatedFields.containerRestartRules.on) return known(at, restartPolicy, words.restartPolicy);
  return kind === 'container'
    ? [forbidden(at, 'may not be set for non-init containers')]
    : known(at, restartPolicy, ['Always']);
}

/** Host ports are the node's: one container's, or all regular ones' together, must differ. */
export function validateHostPorts(
  containers: readonly { container: Container; path: string }[],
): readonly FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ container, path }) =>
    (container.ports ?? []).flatMap((port, index) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) return [duplicate(`${path}.ports[${index}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

/** A word of a closed list, and there at all. */
export const oneOf = (path: string, value: string, allowed: readonly string[]): readonly FieldError[] =>
  value === '' ? [required(path)] : known(path, value, allowed);

const known = (path: string, value: string, allowed: readonly string[]): readonly FieldError[] =>
  allowed.includes(value) ? [] : [notSupported(path, value, allowed)];

function validatePorts(ports: readonly ContainerPort[], path: string): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const { name = '', containerPort = 0, hostPort = 0, protocol = '' } = port;
    const nameErrors = name === '' ? [] : breaches(`${at}.name`, name, portName);
    const twice = nameErrors.length === 0 && names.has(name) ? [duplicate(`${at}.name`, name)] : [];
    if (name !== '' && nameErrors.length === 0) names.add(name);
    return [
      ...nameErrors,
      ...twice,
      ...(containerPort === 0
        ? [required(`${at}.containerPort`)]
        : portNumber(`${at}.containerPort`, containerPort)),
      ...(hostPort === 0 ? [] : portNumber(`${at}.hostPort`, hostPort)),
      ...oneOf(`${at}.protocol`, protocol, words.protocol),
    ];
  });
}

const portNumber = (path: string, port: number): readonly FieldError[] =>
  port >= 1 && port <= 65_535 ? [] : [invalid(path, port, 'must be between 1 and 65535, inclusive')];

function validateVariable({ name = '', value = '', valueFrom }: EnvVar, path: string): readonly FieldError[] {
  const printable = /^[ -<>-~]*$/.test(name);
  const text =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
  const nameErrors =
    name === '' ? [required(`${path}.name`)] : printable ? [] : [invalid(`${path}.name`, name, text)];
  const given = valueFrom !== undefined && value !== '' && Object.keys(valueFrom).length > 0;
  const both = given
    ? [invalid(`${path}.valueFrom`, '', 'may not be specified when `value` is not empty')]
    : [];
  return [...nameErrors, ...both];
}

function validateMounts(
  mounts: readonly VolumeMount[],
  path: string,
  volumes: ReadonlySet<string>,
): readonly FieldError[] {
  const places = new Set<string>();
  return mounts.flatMap(({ name = '', mountPath = '' }, index) => {
    const at = `${path}[${index}]`;
    const taken = places.has(mountPath);
    places.add(mountPath);
    return [
      ...(name === '' ? [required(`${at}.name`)] : []),
      ...(volumes.has(name) ? [] : [notFound(`${at}.name`, name)]),
      ...(mountPath === '' ? [required(`${at}.mountPath`)] : []),
      ...(taken ? [invalid(`${at}.mountPath`, mountPath, 'must be unique')] : []),
    ];
  });
}
