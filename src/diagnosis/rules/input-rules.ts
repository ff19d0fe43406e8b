import type { Rule } from '../rule.js';

const links = ['https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation'];

/** What a person should know about the input itself; found while it was read. */
export const inputRules: readonly Rule[] = [
  {
    id: 'REF09',
    title: 'The list has bare names',
    severity: 'error',
    why: 'imagePullSecrets is a list of objects with a name. The API server cannot decode a list of strings, and refuses the whole object.',
    links: ['https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod'],
    about: 'input',
  },
  {
    id: 'YAML01',
    title: 'A field that the API server does not know',
    severity: 'warning',
    why: 'The API server drops unknown fields, and kubectl warns of them. What they were meant to say is not said.',
    links,
    about: 'input',
  },
  {
    id: 'YAML02',
    title: 'A field is written twice',
    severity: 'warning',
    why: 'The last one counts; the others are dropped.',
    links,
    about: 'input',
  },
  {
    id: 'API01',
    title: 'The API server warns of the object',
    severity: 'warning',
    why: 'The object is accepted. kubectl prints the same words after "Warning:".',
    links,
    about: 'input',
  },
  {
    id: 'YAML03',
    title: 'A later object of the same name takes its place',
    severity: 'warning',
    why: 'Kind, namespace and name make an object. The second one is an update of the first.',
    links,
    about: 'input',
  },
  {
    id: 'YAML04',
    title: 'Not a Kubernetes object',
    severity: 'info',
    why: 'Folders of manifests often hold other YAML, too: values of charts, kustomizations, workflows. It is passed over.',
    links,
    about: 'input',
  },
];
