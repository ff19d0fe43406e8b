// Makes the checkout ready to run: installs what package-lock.json pins and compiles src/ to dist/.
// Uses nothing but Node and npm, and does only what is out of date, so a second run costs a few milliseconds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
};

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

const isStamped = (stamp, hash) =>
  existsSync(join(root, stamp)) && readFileSync(join(root, stamp), 'utf8') === hash;

const run = (what, command, args) => {
  process.stderr.write(`${what} …\n`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
};

const installed = 'node_modules/.pullsim-installed';
const lockHash = `${hashOf(['package.json', 'package-lock.json'])} ${process.versions.modules}`;
if (!isStamped(installed, lockHash)) {
  run('pullsim: installing dependencies', 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--ignore-scripts',
  ]);
  writeFileSync(join(root, installed), lockHash);
}

const built = 'dist/.pullsim-built';
const sourceHash = `${hashOf(['tsconfig.json', 'package-lock.json', 'scripts/bundle.mjs', ...filesBelow('src')])}`;
if (!isStamped(built, sourceHash)) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run('pullsim: compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  run('pullsim: bundling', process.execPath, ['scripts/bundle.mjs']);
  chmodSync(join(root, 'dist/cli/main.js'), 0o755);
  writeFileSync(join(root, built), sourceHash);
}
