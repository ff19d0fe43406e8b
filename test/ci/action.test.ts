import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../support/in-process-cli.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8'));
const [step] = action.runs.steps;

/** A folder whose `npx` prints its arguments, one per line. */
const bin = mkdtempSync(join(tmpdir(), 'pullsim-action-'));
afterAll(() => rmSync(bin, { recursive: true, force: true }));
writeFileSync(join(bin, 'npx'), '#!/bin/sh\nprintf \'%s\\n\' "$@"\n');
chmodSync(join(bin, 'npx'), 0o755);

/** Runs the action's step with these inputs, as a runner does: defaults filled in, expressions replaced. */
function runAction(inputs: Readonly<Record<string, string>>): { status: number | null; args: string[] } {
  const inputOf = (_: string, name: string) => inputs[name] ?? action.inputs[name].default;
  const env = Object.fromEntries(
    Object.entries<string>(step.env).map(([name, value]) => [
      name,
      value.replace(/\$\{\{ inputs\.([\w-]+) \}\}/, inputOf),
    ]),
  );
  const { status, stdout } = spawnSync('bash', ['-eo', 'pipefail', '-c', step.run], {
    encoding: 'utf8',
    env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}` },
  });
  return { status, args: stdout.trimEnd().split('\n') };
}

describe('the GitHub Action', () => {
  test('annotates the lines of all files, with the defaults', () => {
    expect(runAction({ files: 'apps/**/*.yaml\nmy secret.yaml\n' })).toEqual({
      status: 0,
      args: [
        ...['--yes', 'pullsim@latest', 'check', '--fail-on', 'error', '-o', 'github'],
        ...['--', 'apps/**/*.yaml', 'my secret.yaml'],
      ],
    });
  });

  test('writes SARIF, in the world that it is given', () => {
    const inputs = {
      files: 'a.yaml',
      output: 'sarif',
      config: 'w.yaml',
      'fail-on': 'never',
      version: '1.2.3',
    };
    expect(runAction(inputs).args).toEqual([
      ...['--yes', 'pullsim@1.2.3', 'check', '--fail-on', 'never', '--config', 'w.yaml'],
      ...['-o', 'text', '-o', 'sarif=pullsim.sarif', '--', 'a.yaml'],
    ]);
  });

  test('runs nothing that an input says', () => {
    expect(runAction({ files: '$(touch /nowhere/x); --force' }).args.slice(-2)).toEqual([
      '--',
      '$(touch /nowhere/x); --force',
    ]);
    expect(step.run).not.toContain('${{');
  });

  test('refuses an output that it does not know', () => {
    expect(runAction({ files: 'a.yaml', output: 'html' }).status).toBe(2);
  });
});

describe('what others call is there', () => {
  const hooks = parse(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8'));
  const options = (text: string) => text.match(/(?<=\s|\()--(?!yes)[a-z][\w-]+/g) ?? [];

  test.each([
    ['the action', step.run as string],
    ['the pre-commit hook', hooks[0].entry as string],
  ])('every option of %s is one of check', async (_name, command) => {
    const { stdout } = await runCli(['check', '--help']);
    expect(options(command).length).toBeGreaterThan(0);
    for (const option of options(command)) expect(stdout).toContain(option);
  });

  test('the hook takes the YAML of a commit in one run, without the world', () => {
    expect(hooks).toMatchObject([{ id: 'pullsim', types: ['yaml'], require_serial: true }]);
    const exclude = new RegExp(hooks[0].exclude);
    expect(['pullsim.yaml', 'ci/pullsim.yml', 'my-pullsim.yaml'].map((file) => exclude.test(file))).toEqual([
      true,
      true,
      false,
    ]);
  });
});
