// Records what the real API server says of the manifests in fixtures/api-server/answers.json, and writes it back.
//
//   node scripts/record-api-answers.mjs        (needs Go and the Go module proxy; minutes)
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kubernetes = 'v1.36.2';
const staging = 'v0.36.2';
const goTool = process.env.GO ?? 'go';
const program = fileURLToPath(new URL('go/api-answers.go', import.meta.url));
const target = fileURLToPath(new URL('../fixtures/api-server/answers.json', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'api-server-answers-'));
const go = (args, input) => execFileSync(goTool, args, { cwd: folder, input, maxBuffer: 1 << 28 }).toString();

try {
  cpSync(program, join(folder, 'main.go'));
  const { Dir } = JSON.parse(go(['mod', 'download', '-json', `k8s.io/kubernetes@${kubernetes}`]));
  const modules = readFileSync(join(Dir, 'go.mod'), 'utf8').matchAll(/^\t(k8s\.io\/\S+) => \.\/staging/gm);
  const replaced = Array.from(modules, ([, name]) => `\t${name} => ${name} ${staging}\n`).join('');
  writeFileSync(
    join(folder, 'go.mod'),
    `module answers\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes ${kubernetes}\n\nreplace (\n${replaced})\n`,
  );
  go(['mod', 'tidy']);
  const { meta, cases } = JSON.parse(readFileSync(target, 'utf8'));
  const lines = cases.map(({ manifest }) => JSON.stringify(manifest)).join('\n');
  const answers = go(['run', '.'], `${lines}\n`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const recorded = cases.map(({ manifest }, index) => {
    const { strict = [], error = null } = answers[index];
    return JSON.stringify({ manifest, unknown: strict, error });
  });
  writeFileSync(target, `{ "meta": ${JSON.stringify(meta)},\n"cases": [\n${recorded.join(',\n')}\n] }\n`);
} finally {
  rmSync(folder, { recursive: true });
}
