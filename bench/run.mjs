// npm run bench [NAME…]: each benchmark prints rows of figures against its target, peers measured in the same run.
// Figures are medians of whole runs on this machine; a ratio travels, a number of seconds does not.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => basename(file, '.bench.mjs'));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`bench: no benchmark named ${unknown.join(', ')}; there are: ${names.join(', ')}\n`);
  process.exit(2);
}

let missed = 0;
for (const name of wanted.length > 0 ? wanted : names) {
  const { title, run } = await import(join(folder, `${name}.bench.mjs`));
  process.stdout.write(`\n${name}: ${title}\n`);
  for (const row of await run()) {
    if (row.meets === false) missed += 1;
    const verdict = row.meets === undefined ? '' : row.meets ? 'meets' : 'MISSES';
    process.stdout.write(
      `  ${row.what.padEnd(58)} ${row.value.padStart(14)}  ${(row.target ?? '').padEnd(18)} ${verdict}\n`,
    );
  }
}
process.stdout.write(missed === 0 ? '\nevery target met\n' : `\n${missed} target(s) missed\n`);
process.exitCode = missed === 0 ? 0 : 1;
