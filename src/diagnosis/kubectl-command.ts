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
export const replacePullSecret = (wish: PullSecretWish): string =>
  `${createPullSecret(wish)} --dry-run=client -o yaml | kubectl apply -f -`;

/** A secret's type cannot be changed: it has to go first. */
export const recreatePullSecret = (wish: PullSecretWish): string =>
  `${deleteSecret(wish.name, wish.namespace)}\n${createPullSecret(wish)}`;

/** Takes the docker config out of a secret and puts it back, for secrets that hold more than the one entry. */
export function editPullSecret(name: string, namespace: string, edit: string): string {
  const where = inNamespace(namespace);
  return [
    `kubectl get secret ${shellWord(name)}${where} -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d > config.json`,
    `in config.json ${edit}`,
    `kubectl create secret docker-registry ${shellWord(name)}${where} --from-file=.dockerconfigjson=config.json --dry-run=client -o yaml | kubectl apply -f -`,
  ].join('\n');
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
