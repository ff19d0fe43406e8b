import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

/**
 * What the documentation shows is what happens. A `yaml` block that begins with `# name.yaml` is that file; a `console` block
 * is run, in a folder of the page's own, and what it prints stands there word for word. `sh` blocks need what a plain
 * checkout does not have (a cluster, Docker, Helm) and are not run here.
 *
 * PULLSIM_UPDATE_DOCS=1 writes what is printed into the pages.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const update = process.env.PULLSIM_UPDATE_DOCS === '1';
const pages = ['README.md', ...markdownBelow('docs')];
const bench = mkdtempSync(join(tmpdir(), 'pullsim-docs-'));
afterAll(() => rmSync(bench, { recursive: true, force: true }));

function markdownBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

interface Block {
  readonly language: string;
  readonly text: string;
}

const fence = /^```(\w+)\n([\s\S]*?)^```$/gm;
const blocksOf = (page: string): Block[] =>
  [...page.matchAll(fence)].map(([, language = '', text = '']) => ({ language, text }));

/** The folder in which a page's commands run: its own files, and the fixtures that it names. */
function folderOf(name: string, blocks: readonly Block[]): string {
  const folder = join(bench, name.replaceAll('/', '-'));
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'fixtures/classroom'), join(folder, 'fixtures/classroom'), { recursive: true });
  for (const { language, text } of blocks) {
    const file = /^# (\S+\.ya?ml)\n/.exec(text)?.[1];
    if (language !== 'yaml' || file === undefined) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** The block again, with what its commands print. */
function run(block: Block, folder: string): string {
  const commands = block.text.split('\n').filter((line) => line.startsWith('$ '));
  return commands.map((line) => `${line}\n${printed(line.slice(2), folder)}`).join('');
}

function printed(command: string, folder: string): string {
  const shell = `pullsim() { ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, 'dist/cli/main.js'))} "$@"; }\n${command}`;
  const env = { ...process.env, NO_COLOR: '1' };
  const { stdout, stderr } = spawnSync('bash', ['-c', shell], { cwd: folder, encoding: 'utf8', env });
  return `${stdout}${stderr}`;
}

describe.each(pages)('%s', (name) => {
  const page = readFileSync(join(root, name), 'utf8');
  const blocks = blocksOf(page);
  const consoles = blocks.filter(({ language }) => language === 'console');

  test('links to files that exist', () => {
    const targets = [...page.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(
      ([, target = '']) => target,
    );
    expect(targets.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([]);
  });

  if (consoles.length === 0) return;

  test('prints what its console blocks show', () => {
    const folder = folderOf(name, blocks);
    let written = page;
    for (const block of consoles) {
      const now = run(block, folder);
      if (update) written = written.replace(block.text, () => now);
      else expect(now).toBe(block.text);
    }
    if (update) writeFileSync(join(root, name), written);
  });
});
