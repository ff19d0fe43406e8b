// `npm start`: the main job on the bundled classroom world. Exits 0 once the verdicts are shown.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pullsim = (...args) =>
  spawnSync(process.execPath, ['dist/cli/main.js', ...args], { cwd: root, stdio: 'inherit' });

const done = pullsim(
  'check',
  '--config',
  'classroom',
  '--fail-on',
  'never',
  '-o',
  'wide',
  'fixtures/classroom',
);
if (done.status !== 0) process.exit(done.status ?? 1);

process.stdout.write(`
What to try next
  node dist/cli/main.js check --config classroom fixtures/classroom/02-*.yaml   one lesson, every step
  node dist/cli/main.js check --config classroom my-pod.yaml                    your own manifests
  node dist/cli/main.js serve                                                   the registry, for docker, podman, skopeo, ctr
  node dist/cli/main.js --help                                                  everything else
`);
