import { createAndList, listSecrets, pathOf, repairEntry } from '../fixes.js';
import { holder } from '../holder.js';
import { links } from '../links.js';
import { printableKey } from '../masking.js';
import {
  type ImageCase,
  isRefusedAs,
  locateListed,
  locateSpec,
  missesOf,
  type PodCase,
} from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import { configType, legacyType, locateContent, type SecretReading } from '../secret-reading.js';
import { wouldFit } from './account-lists.js';
import { missing } from './missing-secrets.js';
import { listedReadings } from './secret-content.js';
import { isNeeded } from './secret-remedy.js';
import { ignored } from './secret-type.js';
import { hasNoList } from './unlisted-secrets.js';

const helmDocs = 'https://helm.sh/docs/howto/charts_tips_and_tricks/#creating-image-pull-secrets';
const kustomizeDocs = 'https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_secretgenerator_';

/** Catalogue H: mistakes of what wrote the manifests. */
export const generatorRules: readonly Rule[] = [
  {
    id: 'HELM01',
    title: 'The chart wants the name of the secret, and was given an object',
    severity: 'error',
    why: 'Charts differ: some want a list of names, others a list of objects with a name. A template that writes `- name: {{ . }}` makes `map[name:regcred]` of an object, and that is a name like any other.',
    refines: ['REF02'],
    links: [helmDocs],
    about: 'pod',
    detect: (pod) =>
      missing(pod).flatMap(({ name, index }) => {
        const meant = /^map\[name:([^ \]]+)\]$/.exec(name)?.[1];
        return meant === undefined ? [] : [objectAsName(pod, name, meant, index)];
      }),
  },
  {
    id: 'HELM02',
    title: 'The chart gives the list to other pods and forgets this one',
    severity: 'error',
    why: 'Hooks, tests, jobs and sub-charts have templates of their own. What the values say of imagePullSecrets reaches only those that ask for it.',
    refines: ['REF03', 'REF07'],
    links: [helmDocs],
    about: 'image',
    on: ['refused'],
    detect: forgottenByChart,
  },
  {
    id: 'HELM04',
    title: 'The image was moved to another registry, and its secret was not',
    severity: 'error',
    why: 'A value such as global.imageRegistry changes the host of every image. The key of the pull secret has to change with it.',
    refines: ['KEY00', 'KEY02'],
    links: [links.privateRegistry],
    about: 'image',
    on: ['refused'],
    detect: movedWithoutSecret,
  },
  {
    id: 'HELM05',
    title: "The chart's template encodes the docker config twice",
    severity: 'error',
    why: 'The helper of the Helm documentation encodes already. A template that sends its result through b64enc again, or puts it under data instead of stringData, encodes twice.',
    refines: ['SEC04'],
    links: [helmDocs],
    about: 'pod',
    detect: (pod) =>
      listedReadings(pod)
        .filter((reading) => reading.problem === 'base64-twice' && isOfHelm(reading.secret.object.metadata))
        .map((reading) => ({
          message: `${reading.dataKey} of secret ${pathOf(reading)} is base64 of base64, and the secret comes from a chart.`,
          fix: `in the chart's template of the secret, take one of the two b64enc away`,
          source: locateContent(reading),
          severity: isNeeded(pod),
        })),
  },
  {
    id: 'KUST02',
    title: 'The secretGenerator says no type',
    severity: 'error',
    why: 'Without type a secretGenerator makes an Opaque secret. The kubelet passes over it without event or warning.',
    refines: ['SEC01'],
    links: [kustomizeDocs],
    about: 'pod',
    detect: (pod) =>
      ignored(pod, ({ because }) => because === 'type')
        .filter(({ reading }) => hashSuffix.test(reading.name) && reading.type === 'Opaque')
        .map(({ reading }) => untypedGenerator(pod, reading)),
  },
  {
    id: 'SYNC01',
    title: 'The operator will write a secret of the wrong type',
    severity: 'warning',
    why: 'ExternalSecret and SealedSecret make Opaque secrets unless their template says otherwise. The kubelet passes over those.',
    links: ['https://external-secrets.io/latest/guides/common-k8s-secret-types/'],
    about: 'pod',
    detect: promisedOpaque,
  },
];

/** `-5h2k9m4tfg`: kustomize's hash. */
export const hashSuffix = /-[bcdfghkmt2456789]{10}$/;

interface Labelled {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const isOfHelm = ({ labels = {}, annotations = {} }: Labelled): boolean =>
  labels['app.kubernetes.io/managed-by'] === 'Helm' ||
  labels['helm.sh/chart'] !== undefined ||
  Object.keys(annotations).some((key) => /^(?:meta\.)?helm\.sh\//.test(key));

function objectAsName(pod: PodCase, name: string, meant: string, index: number): Detection {
  return {
    message: `the pod lists a secret "${name}": the chart wants names, and its values have objects.`,
    fix: `in the values write\n  imagePullSecrets:\n    - ${meant}`,
    source: locateListed(pod, index),
    severity: pod.images.some((image) => isRefusedAs(image, 'anonymous')) ? 'error' : 'warning',
  };
}

function forgottenByChart(image: ImageCase): readonly Detection[] {
  const { pod, facts } = image;
  const { metadata = {} } = (pod.facts.written.object ?? {}) as { readonly metadata?: Labelled };
  if (!hasNoList(image) || !isOfHelm(metadata)) return nothing;
  for (const [name, owner] of pod.survey.listersIn(pod.namespace)) {
    if (!wouldFit(pod, name, facts.repository)) continue;
    const { kind, name: own } = pod.owner;
    return [
      {
        message: `${owner} lists "${name}", which has a key for ${image.host}; ${kind}/${own} of the chart does not.`,
        fix: `in the chart's template, ${listSecrets(pod, [name])}`,
        source: locateSpec(pod),
      },
    ];
  }
  return nothing;
}

function movedWithoutSecret(image: ImageCase): readonly Detection[] {
  if (!isRefusedAs(image, 'anonymous')) return nothing;
  const { registries } = image.pod.facts.registries;
  return missesOf(image).flatMap(({ entry, miss }) => {
    if (miss !== 'other-registry' && miss !== 'docker-hub-default') return [];
    const old = entry.indexKey === 'index.docker.io' ? 'docker.io' : entry.indexKey;
    const home = registries.find(
      ({ host, repositories }) => host === old && repositories.some(({ name }) => name === image.path),
    );
    if (home === undefined || entry.source.kind !== 'secret') return [];
    const reading = image.pod.survey.secret(entry.source.namespace, entry.source.name);
    return [
      {
        message: `${holder(entry)} has a key for "${printableKey(entry.key)}", where ${image.path} is, too; the image now comes from "${image.host}".`,
        fix: reading
          ? repairEntry(
              image,
              reading,
              '',
              `add an entry for "${image.host}" beside "${printableKey(entry.key)}"`,
            )
          : createAndList(image),
        source: reading && locateContent(reading),
      },
    ];
  });
}

function untypedGenerator(pod: PodCase, reading: SecretReading): Detection {
  return {
    message: `secret ${pathOf(reading)} of a secretGenerator is of type Opaque; the kubelet uses ${configType} only and passed over it without an event.`,
    fix: `in kustomization.yaml, beside the name of the secretGenerator write\n  type: ${configType}`,
    source: reading.secret.locate(['type']),
    severity: isNeeded(pod),
  };
}

function promisedOpaque(pod: PodCase): readonly Detection[] {
  return pod.listed.flatMap(({ name, reading }) => {
    const promised = reading === undefined ? pod.survey.declared(pod.namespace, name) : undefined;
    if (promised === undefined || promised.type === configType || promised.type === legacyType) return [];
    const type = promised.type ?? 'Opaque';
    return [
      {
        message: `${promised.by} will write secret ${pod.namespace}/${name} with the type ${type}; the kubelet uses ${configType} only.`,
        fix: `in ${promised.by}, in the template of the secret, write\n  type: ${configType}`,
        source: promised.source,
      },
    ];
  });
}
