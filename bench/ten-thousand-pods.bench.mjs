import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runMeasured, withFolder } from './measure.mjs';

export const title =
  'one `check` of many bare pods over 200 private images, with 1,000 secrets of which 900 work, on one node';

const images = 200;
const secrets = 1000;
const working = 900;

const world = `apiVersion: pullsim/v1
kind: World
registries:
  - host: registry.example.com
    auth: token
    users:
${Array.from({ length: secrets }, (_, i) => `      - { name: user-${i}, password: password-${i} }`).join('\n')}
    repositories:
${Array.from({ length: images }, (_, i) => `      - { name: team/app-${i}, visibility: private, tags: { "1.0": {} } }`).join('\n')}
`;

function secret(i) {
  const password = i < working ? `password-${i}` : 'wrong';
  const auth = Buffer.from(`user-${i}:${password}`).toString('base64');
  const config = JSON.stringify({
    auths: { 'registry.example.com': { username: `user-${i}`, password, auth } },
  });
  return `apiVersion: v1
kind: Secret
metadata: { name: secret-${i} }
type: kubernetes.io/dockerconfigjson
data: { .dockerconfigjson: ${Buffer.from(config).toString('base64')} }
`;
}

const pod = (i, pair) => `apiVersion: v1
kind: Pod
metadata: { name: pod-${i} }
spec:
  imagePullSecrets: [{ name: secret-${pair.secret} }]
  containers: [{ name: app, image: "registry.example.com/team/app-${pair.image}:1.0", imagePullPolicy: IfNotPresent }]
`;

/** `paired`: 1,000 different pairs of image and secret. `mixed`: every pod has a pair of its own. */
const pairings = {
  paired: (i) => ({ image: i % images, secret: i % secrets }),
  mixed: (i) => ({ image: (i * 7 + Math.floor(i / secrets) * 31) % images, secret: i % secrets }),
};

async function checkPods(count, pairing) {
  return withFolder(async (folder) => {
    const documents = [
      ...Array.from({ length: secrets }, (_, i) => secret(i)),
      ...Array.from({ length: count }, (_, i) => pod(i, pairing(i))),
    ];
    writeFileSync(join(folder, 'pullsim.yaml'), world);
    writeFileSync(join(folder, 'pods.yaml'), documents.join('---\n'));
    const report = join(folder, 'report.json');
    const args = [join(root, 'dist/cli/main.js'), 'check', '-o', `json=${report}`, 'pods.yaml'];
    const run = await runMeasured(args, { cwd: folder, exits: [1] });
    const { summary } = JSON.parse(readFileSync(report, 'utf8'));
    const expected = Array.from({ length: count }, (_, i) => pairing(i).secret).filter(
      (s) => s < working,
    ).length;
    if (summary.pulled !== expected || summary.failed !== count - expected) {
      throw new Error(`wrong verdicts: ${JSON.stringify(summary)}, ${expected} should be pulled`);
    }
    return run;
  });
}

export async function run() {
  const small = await checkPods(1000, pairings.paired);
  const large = await checkPods(10_000, pairings.paired);
  const mixed = await checkPods(10_000, pairings.mixed);
  const growth = large.seconds / small.seconds;
  const row = (what, run) => [
    {
      what: `${what}, seconds`,
      value: run.seconds.toFixed(1),
      target: 'at most 15',
      meets: run.seconds <= 15,
    },
    {
      what: `${what}, peak memory`,
      value: `${run.peakMegabytes.toFixed(0)} MB`,
      target: 'at most 500 MB',
      meets: run.peakMegabytes <= 500,
    },
  ];
  return [
    { what: '1,000 pods, seconds', value: small.seconds.toFixed(1) },
    ...row('10,000 pods', large),
    {
      what: 'growth from 1,000 to 10,000',
      value: `× ${growth.toFixed(1)}`,
      target: 'at most × 11',
      meets: growth <= 11,
    },
    ...row('10,000 pods, each pair of image and secret once', mixed),
  ];
}
