import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { completedCommands } from '../../src/cli/completed-command.js';
import { bashCompletion, fishCompletion, zshCompletion } from '../../src/cli/completion-script.js';
import { runCli } from '../support/in-process-cli.js';

const scriptFor = async (shell: string): Promise<string> => (await runCli(['completion', shell])).stdout;

/** What bash offers for the last of these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = `${await scriptFor('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pullsim; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

/** Paths and long options of every command, as its own help page lists them. */
async function helpPages(path: readonly string[] = []): Promise<readonly (readonly [string, string[]])[]> {
  const { stdout } = await runCli([...path, '--help']);
  const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option);
  const listed = /\nCommands:\n((?: {2}.*\n)*)/.exec(stdout)?.[1] ?? '';
  const below = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  const children = await Promise.all(below.map((name) => helpPages([...path, name])));
  return [[['pullsim', ...path].join(' '), options], ...children.flat()];
}

describe('the completion of the command line', () => {
  test('bash offers every command and option that the help pages list', async () => {
    const pages = await helpPages();
    expect(pages.map(([path]) => path)).toEqual(
      expect.arrayContaining(['pullsim check', 'pullsim secret create', 'pullsim completion']),
    );
    for (const [path, options] of pages) {
      expect(await offered(...path.split(' '), '--'), path).toEqual(expect.arrayContaining(options));
      const names = pages
        .map(([other]) => other.split(' '))
        .filter((other) => other.slice(0, -1).join(' ') === path);
      expect(await offered(...path.split(' '), ''), path).toEqual(
        expect.arrayContaining(names.map((other) => other.at(-1))),
      );
    }
  });

  test.each(['zsh', 'fish'])('%s has every command and option that the help pages list', async (shell) => {
    const script = await scriptFor(shell);
    for (const [path, options] of await helpPages()) {
      expect(script).toContain(path);
      const lines = script
        .split('\n')
        .filter((line) => line.includes(shell === 'fish' ? `"${path}"` : `('${path}')`));
      for (const option of options)
        expect(lines.join('\n'), path).toContain(shell === 'fish' ? ` -l ${option.slice(2)}` : `'${option}:`);
    }
  });

  test('an option whose values are known is followed by them', async () => {
    expect(await offered('pullsim', 'check', '--fail-on', '')).toEqual(['error', 'warning', 'never']);
    expect(await offered('pullsim', 'check', 'a.yaml', '--undeclared', 'p')).toEqual(['public', 'private']);
  });

  test('an option that waits for a file leaves the word to the shell', async () => {
    expect(await offered('pullsim', 'check', '--config', '')).toEqual([]);
    expect(await offered('pullsim', 'check', '')).toEqual([]);
  });

  test('explain is followed by rules, help by commands, completion by shells', async () => {
    expect(await offered('pullsim', 'explain', 'KEY0')).toContain('KEY03');
    expect(await offered('pullsim', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await offered('pullsim', 'secret', '')).toEqual(expect.arrayContaining(['inspect', 'create']));
  });

  test('an unknown shell is refused', async () => {
    const { code, stderr } = await runCli(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });

  test('quotes in a description end no string', () => {
    const program = new Command('pullsim').option('--it <file>', "what's read");
    const commands = completedCommands(program, {});
    for (const script of [bashCompletion(commands), zshCompletion(commands), fishCompletion(commands)])
      expect(script).not.toContain("t's read");
    expect(zshCompletion(commands)).toContain("'--it:what'\\''s read'");
  });
});
