import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pullsim, pullsimBin } from '../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pullsim-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string): string => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
};

const pod = (name: string, image: string, more = '') => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  ${more}
  containers: [{ name: app, image: "${image}" }]
`;

const good = write('good.yaml', pod('good', 'nginx:1.27'));
const bad = write('bad.yaml', pod('bad', 'acme/payments:1.4'));
const unknown = write('unknown.yaml', pod('unknown', 'quay.io/team/app:1'));
const broken = write('broken.yaml', 'kind: [');
const warned = write('warned.yaml', pod('warned', 'nginx:1.27', 'imagePullSecrets: [{ name: nowhere }]'));
const run = (...args: string[]) => pullsim(['check', '--config', 'classroom', ...args], { cwd: folder });

describe('the exit code of check', () => {
  test.each([
    ['every image would be pulled', [good], 0],
    ['some image would not', [good, bad], 1],
    ['could not decide', [good, unknown], 3],
    ['some input is unreadable', [good, broken], 2],
    ['a file is missing', [good, 'missing.yaml'], 2],
    ['a refusal wins over no decision', [bad, unknown], 1],
    ['unreadable input wins over a refusal', [bad, broken], 2],
    ['a warning alone is fine', [warned], 0],
    ['a warning counts when asked to', ['--fail-on', 'warning', warned], 1],
    ['a refusal is let pass when asked to', ['--fail-on', 'never', bad], 0],
  ])('%s: %j → %i', async (_, args, code) => {
    expect((await run(...args)).code).toBe(code);
  });
});

describe('input', () => {
  test('comes from arguments, -f and standard input alike', async () => {
    const { stdout } = await pullsim(['check', '--config', 'classroom', '-o', 'json', good, '-f', bad, '-'], {
      cwd: folder,
      stdin: pod('piped', 'nginx:1.28'),
    });
    expect(JSON.parse(stdout).pods.map((p: { name: string }) => p.name)).toEqual(['good', 'piped', 'bad']);
  });

  test('comes from folders, sorted', async () => {
    write('apps/b.yaml', pod('b', 'nginx'));
    write(
      'apps/a.json',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a' },
        spec: { containers: [{ name: 'c', image: 'nginx' }] },
      }),
    );
    write('apps/notes.txt', 'not a manifest');
    const { code, stdout } = await run('-o', 'json', 'apps');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).pods.map((p: { name: string }) => p.name)).toEqual(['a', 'b']);
  });

  test('that cannot be read is an error with file and line, and the rest is judged', async () => {
    const { stdout } = await run('-o', 'json', broken, good);
    const report = JSON.parse(stdout);
    expect(report.errors).toMatchObject([{ kind: 'unreadable', source: { file: 'broken.yaml', line: 1 } }]);
    expect(report.summary).toMatchObject({ pods: 1, pulled: 1 });
  });

  test('takes its namespace from -n', async () => {
    const { stdout } = await run('-n', 'prod', '-o', 'json', good);
    expect(JSON.parse(stdout).pods[0].namespace).toBe('prod');
  });
});

describe('the world', () => {
  test('is pullsim.yaml of the working directory', async () => {
    write(
      'w/pullsim.yaml',
      'apiVersion: pullsim/v1\nkind: World\nregistries: [{ host: quay.io, repositories: [{ name: team/app, visibility: public, tags: { "1": {} } }] }]\n',
    );
    expect((await pullsim(['check', join(folder, unknown)], { cwd: join(folder, 'w') })).code).toBe(0);
  });

  test('without one, registries are unknown and the way out is shown', async () => {
    const { code, stdout, stderr } = await pullsim(['check', good], { cwd: folder });
    expect(code).toBe(3);
    expect(stdout).toContain('registry "docker.io" is not in the world');
    expect(stderr).toContain('--undeclared public');
  });

  test('answers for undeclared registries when told to', async () => {
    expect((await run('--undeclared', 'public', unknown)).code).toBe(0);
    expect((await run('--undeclared', 'private', unknown)).code).toBe(1);
  });

  test('with a mistake is refused with file and line', async () => {
    write('mistake.yaml', 'apiVersion: pullsim/v1\nkind: World\nregistries:\n  - hots: a.io\n');
    const { code, stderr } = await pullsim(['check', '--config', 'mistake.yaml', good], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('mistake.yaml:4: registries[0].hots: unknown key; did you mean "host"?');
  });

  test('may have other versions and runtimes for one run', async () => {
    const { stdout } = await run(
      '-o',
      'json',
      '--kubernetes-version',
      '1.30',
      '--runtime',
      'containerd-1.7',
      good,
    );
    const messages = JSON.parse(stdout).pods[0].events.map((event: { message: string }) => event.message);
    expect(messages).toContain('Created container app');
  });
});

describe('output', () => {
  test('goes to several places at once', async () => {
    const { code, stdout } = await run('-o', 'text', '-o', 'json=report.json', '-o', 'wide=wide.txt', bad);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ default/bad');
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).summary.failed).toBe(1);
    expect(readFileSync(join(folder, 'wide.txt'), 'utf8')).toContain('VERDICT');
  });

  test('that cannot be written is bad usage', async () => {
    const { code, stderr } = await run('-o', 'json=no/such/folder/report.json', good);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot write no/such/folder/report.json');
  });

  test('has no colours in a pipe', async () => {
    const { stdout } = await run(bad);
    expect(stdout).not.toContain('\u001b[');
  });

  test('may be cut off by its reader', async () => {
    const shell = `"${process.execPath}" "${pullsimBin}" check --config classroom -v bad.yaml | head -c 10; exit "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', shell], { cwd: folder });
    const err: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr: Buffer.concat(err).toString() }).toEqual({ code: 1, stderr: '' });
  });

  test('of a second run is the same, byte for byte', async () => {
    const once = async () => (await run('-o', 'json', good, bad, unknown, warned)).stdout;
    expect(await once()).toBe(await once());
  });
});
