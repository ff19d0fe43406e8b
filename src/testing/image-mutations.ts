import type { Mutation, Mutations } from './mutation.js';

const image = (apply: (image: string) => string): Mutation => ({ of: 'image', apply });

/** Host, path and what follows it, of a name that says its host. */
function split(name: string): { readonly host: string; readonly path: string; readonly suffix: string } {
  const [, host = '', path = '', suffix = ''] = /^([^/]+)\/([^:@]+)(.*)$/.exec(name) ?? [];
  return { host, path, suffix };
}

/** Mistakes in the name of an image, by the rule that tells them. */
export const imageMutations: Mutations = {
  NAME00: image((name) => `${split(name).host}/${split(name).path}/`),
  NAME01: image((name) => `https://${name}`),
  NAME02: image((name) => {
    const { host, path, suffix } = split(name);
    return `${host}/${path.toUpperCase()}${suffix}`;
  }),
  NAME03: image((name) => `${split(name).host}/${split(name).path}:{{ .Values.tag }}`),
  NAME04: image((name) => `${name}.0`),
  NAME05: image((name) => name.replace('registry.k8s.io', 'k8s.gcr.io')),
  NAME06: image((name) => `${split(name).path.split('/').at(-1)}${split(name).suffix}`),
  NAME07: image((name) => name.replace('/library/', '/')),
  NAME08: image((name) => name.replace(/:\d+\//, '/')),
  NAME09: image((name) => name.replace('@', ':')),
  NAME10: image((name) => name.replace('@', '-debug@')),
  NAME11: image((name) => name.replace(/:([^:/]+)$/, ': $1')),
  NAME13: image((name) => name.replace(/^docker\.io\/(?:library\/)?/, '')),
  NAME12: image((name) => `${name}+build`),
};
