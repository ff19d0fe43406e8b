import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, root, runNode, withFolder } from './measure.mjs';

export const title =
  'cold `pullsim check` of one pod and one secret against the bundled world, as a ratio to `node -e 0`';

const auth = Buffer.from('dock_user:dock_password').toString('base64');
const config = {
  auths: { 'myprivateregistry.com:5000': { username: 'dock_user', password: 'dock_password', auth } },
};
const manifests = `apiVersion: v1
kind: Secret
metadata: { name: regcred }
type: kubernetes.io/dockerconfigjson
data: { .dockerconfigjson: ${Buffer.from(JSON.stringify(config)).toString('base64')} }
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  imagePullSecrets: [{ name: regcred }]
  containers: [{ name: web, image: "myprivateregistry.com:5000/nginx:alpine" }]
`;

export function run() {
  return withFolder((folder) => {
    const file = join(folder, 'pod.yaml');
    writeFileSync(file, manifests);
    const check = [join(root, 'dist/cli/main.js'), 'check', '--config', 'classroom', file];
    const samples = { check: [], node: [] };
    for (let i = 0; i < 16; i += 1) {
      const one = runNode(check).seconds;
      const other = runNode(['-e', '0']).seconds;
      if (i === 0) continue; // warms the file cache
      samples.check.push(one);
      samples.node.push(other);
    }
    const ratio = median(samples.check.map((seconds, i) => seconds / samples.node[i]));
    return [
      { what: 'node -e 0', value: `${(median(samples.node) * 1000).toFixed(0)} ms` },
      { what: 'pullsim check', value: `${(median(samples.check) * 1000).toFixed(0)} ms` },
      { what: 'ratio, median of 15 pairs', value: ratio.toFixed(2), target: 'at most 5', meets: ratio <= 5 },
    ];
  });
}
