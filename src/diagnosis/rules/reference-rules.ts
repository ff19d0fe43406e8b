import { links } from '../links.js';
import { nothing, type Rule } from '../rule.js';
import { accountChangedLater, accountListReplaced } from './account-history.js';
import { hiddenAccountList, mountedSecrets, otherAccount } from './account-lists.js';
import { cameLater } from './healed-pulls.js';
import { misplacedList } from './misplaced-list.js';
import {
  elsewhere,
  hashed,
  inAnotherNamespace,
  missing,
  namesNoNamespace,
  notThere,
  renamed,
  withoutNamespace,
} from './missing-secrets.js';
import { debugImage, volumeImage } from './special-images.js';
import { bringsNothing, emptyNames, hasNoList } from './unlisted-secrets.js';

/** Catalogue A: is the right secret attached to the right pod? */
export const referenceRules: readonly Rule[] = [
  {
    id: 'REF01',
    title: 'The secret is in another namespace',
    severity: 'error',
    why: 'The kubelet looks for pull secrets in the namespace of the pod and nowhere else. A name that the namespace does not have leaves a FailedToRetrieveImagePullSecret event at every sync, and the pull goes on without it.',
    refines: ['REF02', 'REF03', 'KEY00', 'KEY02'],
    links: [links.podPullSecrets, links.privateRegistry],
    about: 'pod',
    detect: (pod) =>
      missing(pod).flatMap((secret) => {
        const namesakes = elsewhere(pod, secret);
        return namesakes.length === 0 ? nothing : [inAnotherNamespace(pod, secret, namesakes)];
      }),
  },
  {
    id: 'REF14',
    title: 'The secret says no namespace and went to another one',
    severity: 'error',
    why: '`kubectl create secret … --dry-run=client -o yaml` without -n writes no namespace. The secret then lands wherever the file is applied, mostly in `default`.',
    refines: ['REF01'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: (pod) =>
      missing(pod).flatMap((secret) =>
        elsewhere(pod, secret)
          .filter(namesNoNamespace)
          .map((namesake) => withoutNamespace(pod, secret, namesake)),
      ),
  },
  {
    id: 'REF02',
    title: 'The listed secret does not exist',
    severity: 'error',
    why: 'Kubernetes does not check the names in imagePullSecrets. A misspelt one leaves a FailedToRetrieveImagePullSecret event at every sync, and the pull goes on without it.',
    refines: ['REF03', 'KEY00', 'KEY02'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: (pod) =>
      missing(pod)
        .filter((secret) => elsewhere(pod, secret).length === 0 && hashed(pod, secret).length === 0)
        .map((secret) => notThere(pod, secret)),
  },
  {
    id: 'KUST01',
    title: 'kustomize gave the secret a name with a hash, and the list was not renamed with it',
    severity: 'error',
    why: 'A secretGenerator appends a hash of the content to the name. References in fields that kustomize does not know (custom resources, other namespaces) keep the old name.',
    refines: ['REF02', 'REF03', 'KEY00', 'KEY02'],
    links: ['https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_secretgenerator_'],
    about: 'pod',
    detect: (pod) =>
      missing(pod).flatMap((secret) => hashed(pod, secret).map((name) => renamed(pod, secret, name))),
  },
  {
    id: 'REF03',
    title: 'The image needs a login and the pod brings none',
    severity: 'error',
    why: 'Without imagePullSecrets on the pod or its service account (and without credentials on the node) the pull is anonymous. A private repository answers as if it did not exist.',
    links: [links.privateRegistry, links.podPullSecrets],
    about: 'image',
    on: ['refused'],
    detect: (image) => (hasNoList(image) ? [bringsNothing(image)] : nothing),
  },
  {
    id: 'REF04',
    title: "The pod's own list hides the list of its service account",
    severity: 'error',
    why: "The service account's imagePullSecrets are copied into a pod only when the pod is created and only when it has none. Lists are never merged.",
    refines: ['REF02', 'KEY00', 'KEY02'],
    links: [links.serviceAccount],
    about: 'image',
    on: ['refused'],
    detect: hiddenAccountList,
  },
  {
    id: 'REF05',
    title: 'The service account got its list after the pod was made',
    severity: 'error',
    why: "A service account's imagePullSecrets are copied into a pod when the pod is made, and never again.",
    refines: ['REF03', 'REF07', 'KEY00', 'KEY02'],
    links: [links.serviceAccount],
    about: 'image',
    on: ['refused'],
    detect: accountChangedLater,
  },
  {
    id: 'REF06',
    title: 'The secret was made after the pod',
    severity: 'info',
    why: 'The kubelet looks for the secrets of the list at every sync. One that comes later is found, and a waiting pod goes on by itself.',
    links: [links.podPullSecrets],
    about: 'pod',
    detect: cameLater,
  },
  {
    id: 'REF07',
    title: 'Another service account has the secret',
    severity: 'error',
    why: 'Only the service account that the pod runs as counts. A list on the account `default` does nothing for pods that name another one.',
    refines: ['REF03'],
    links: [links.serviceAccount],
    about: 'image',
    on: ['refused'],
    detect: otherAccount,
  },
  {
    id: 'REF08',
    title: 'imagePullSecrets stands at the wrong place',
    severity: 'error',
    why: 'The field belongs to the pod spec. Elsewhere the API server drops it as an unknown field and says no more than a warning.',
    refines: ['REF03', 'REF07', 'KEY00'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: misplacedList,
  },
  {
    id: 'REF10',
    title: 'The list has only empty names',
    severity: 'error',
    why: 'A template with an unset value writes `- name: ""`. The kubelet skips it without a word, and because the list is not empty, the service account\'s list is not copied either.',
    refines: ['REF03', 'REF04'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: emptyNames,
  },
  {
    id: 'REF11',
    title: 'The account lists the secret under secrets, not under imagePullSecrets',
    severity: 'error',
    why: 'secrets of a service account is the list of what its pods may mount. Only imagePullSecrets are copied into pods.',
    refines: ['REF03', 'REF07'],
    links: [links.serviceAccount],
    about: 'image',
    on: ['refused'],
    detect: mountedSecrets,
  },
  {
    id: 'REF12',
    title: "An update replaced the service account's list",
    severity: 'error',
    why: 'imagePullSecrets of a service account has no merge key: an update that names one secret takes all others off the list.',
    refines: ['REF03', 'REF07', 'KEY00', 'KEY02'],
    links: [links.serviceAccount],
    about: 'image',
    on: ['refused'],
    detect: accountListReplaced,
  },
  {
    id: 'EPH01',
    title: 'An ephemeral container needs a login that its pod does not have',
    severity: 'error',
    why: "Ephemeral containers are added to pods that run, and a pod's imagePullSecrets cannot be changed any more.",
    refines: ['REF03', 'KEY00', 'KEY02'],
    links: ['https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/'],
    about: 'image',
    on: ['refused'],
    detect: debugImage,
  },
  {
    id: 'VOL01',
    title: 'An image volume needs a login that the pod does not have',
    severity: 'error',
    why: "Image volumes are pulled as container images are, with the pod's secrets, and with a pullPolicy of their own.",
    refines: ['REF03', 'KEY00', 'KEY02'],
    links: ['https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/'],
    about: 'image',
    on: ['refused'],
    detect: volumeImage,
  },
];
