import { printableUser } from './masking.js';

/** What stands for a secret that the reader has to fill in. */
export const blank = '…';

/** Everything that `kubectl create secret docker-registry` needs; what is not known is left blank. */
export interface PullSecretWish {
  readonly name: string;
  readonly namespace: string;
  /** The registry key, spelled as the image needs it. */
  readonly server: string;
  readonly username?: string | undefined;
}

/** Makes a pull secret that does not exist yet. */
export function createPullSecret(wish: PullSecretWish): string {
  const username = wish.username === undefined || wish.username === '' ? blank : printableUser(wish.username);
  return [
    `kubectl create secret docker-registry ${shellWord(wish.name)}${inNamespace(wish.namespace)}`,
    `--docker-server=${shellWord(wish.server)}`,
    `--docker-username=${shellWord(username)}`,
    `--docker-password=${blank}`,
  ].join(' ');
}

/** Writes a pull secret anew, whether or not one of that name and type exists. */
export const replacePullSecret = (wish: PullSecretWish): string => `${createPullSecret(wish)} ${apply}`;

/** A secret's type cannot be changed: it has to go first. */
export const recreatePullSecret = (wish: PullSecretWish): string =>
  `${deleteSecret(wish.name, wish.namespace)}\n${createPullSecret(wish)}`;

/** A secret whose docker config is to be changed in place. */
export interface EditedSecret {
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  /** Where its docker config stands. */
  readonly dataKey: string | undefined;
}

/**
 * Takes the docker config out of a secret and puts it back, for secrets that hold more than the one entry. One of a type
 * that is no pull secret's gets the right type on the way.
 *
 * @param edit what to do in between; completes `in config.json …`
 */
export function editPullSecret(secret: EditedSecret, edit?: string): string {
  const { name, namespace, type, dataKey = configKey } = secret;
  const where = `${shellWord(name)}${inNamespace(namespace)}`;
  const key = dataKey.replaceAll('.', '\\.');
  return [
    `kubectl get secret ${where} -o jsonpath='{.data.${key}}' | base64 -d > config.json`,
    ...(edit === undefined ? [] : [`in config.json ${edit}`]),
    ...putBack(where, type),
  ].join('\n');
}

const configKey = '.dockerconfigjson';
const apply = '--dry-run=client -o yaml | kubectl apply -f -';

function putBack(where: string, type: string): string[] {
  const modern = `kubectl create secret docker-registry ${where} --from-file=${configKey}=config.json`;
  switch (type) {
    case 'kubernetes.io/dockerconfigjson':
      return [`${modern} ${apply}`];
    case 'kubernetes.io/dockercfg':
      return [
        `kubectl create secret generic ${where} --type=${type} --from-file=.dockercfg=config.json ${apply}`,
      ];
    default:
      return [`kubectl delete secret ${where}`, modern];
  }
}

export const deleteSecret = (name: string, namespace: string): string =>
  `kubectl delete secret ${shellWord(name)}${inNamespace(namespace)}`;

/** Lists exactly these secrets on a service account; the list of an account is replaced, never merged. */
export const patchServiceAccount = (name: string, namespace: string, secrets: readonly string[]): string => {
  const patch = JSON.stringify({ imagePullSecrets: secrets.map((secret) => ({ name: secret })) });
  return `kubectl patch serviceaccount ${shellWord(name)}${inNamespace(namespace)} -p ${shellWord(patch)}`;
};

/** ` -n shop`; nothing for the namespace that kubectl takes by default. */
export const inNamespace = (namespace: string): string =>
  namespace === 'default' ? '' : ` -n ${shellWord(namespace)}`;

/** A word for a POSIX shell, in single quotes when it needs them. */
export const shellWord = (word: string): string =>
  /^[\w%+,./:=@…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
