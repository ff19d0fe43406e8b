import { readFileSync } from 'node:fs';
import { compareSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { pullsim } from '../support/cli.js';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe('the command line', () => {
  test('tells its version', async () => {
    expect(await pullsim(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  test.each([[['--help']], [['help']]])('prints help for %j', async (args) => {
    const { code, stdout } = await pullsim(args);
    expect(code).toBe(0);
    for (const command of [
      'check',
      'serve',
      'parse',
      'match',
      'explain',
      'init',
      'secret',
      'hash-password',
      'completion',
    ])
      expect(stdout).toContain(`\n  ${command} `);
  });

  test.each([
    'check',
    'serve',
    'parse',
    'match',
    'explain',
    'init',
    'secret inspect',
    'secret create',
    'hash-password',
    'completion',
  ])('%s --help says how to use it', async (command) => {
    const { code, stdout, stderr } = await pullsim([...command.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: pullsim ${command} `));
  });

  test.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['chek'], 'Did you mean check?'],
    [['check', '--nope'], "unknown option '--nope'"],
    [['check'], 'nothing to check'],
    [['check', '-o', 'xml', 'x.yaml'], 'there is no output format "xml"'],
    [['check', '-o', 'text', '-o', 'json', 'x.yaml'], 'only one output can go to standard output'],
    [['check', '--runtime', 'docker', 'x.yaml'], 'there is no runtime "docker"'],
    [
      ['check', '--kubernetes-version', '1.12', 'x.yaml'],
      '--kubernetes-version must be a Kubernetes version',
    ],
    [['check', '--node', 'nowhere', 'x.yaml'], 'the world has no node "nowhere"; it has: node-1'],
    [['check', '--config', 'no/such.yaml', 'x.yaml'], 'world file no/such.yaml: there is no such file'],
    [['serve', '--port', '99999'], '--port must be a number from 0 to 65535'],
    [['serve', '--public-url', 'ftp://x'], '--public-url must be http:// or https://'],
    [['check', '--assume-secret', 'regcred', 'x.yaml'], 'is not NAMESPACE/NAME=USER@REGISTRY'],
    [['parse'], "missing required argument 'images'"],
    [['match', 'reg.io', 'Bad_Name'], 'must be lowercase'],
    [['hash-password', '--cost', '99'], '--cost must be a whole number from 4 to 16'],
  ])('refuses %j with exit code 2 and one clear line', async (args, says) => {
    const { code, stdout, stderr } = await pullsim(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('    at ');
  });
});

describe('parse', () => {
  test('prints what the kubelet makes of a name', async () => {
    const { code, stdout } = await pullsim(['parse', 'nginx']);
    expect(code).toBe(0);
    expect(stdout).toBe(`nginx
  repository      docker.io/library/nginx
  tag             latest
  digest          (none)
  reference       docker.io/library/nginx:latest
  to the runtime  nginx:latest
  default policy  Always
`);
  });

  test("prints the kubelet's error for a name that it refuses, and exits 1", async () => {
    const { code, stdout } = await pullsim(['parse', 'nginx', 'Nginx']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'InvalidImageName: Failed to apply default image tag "Nginx": couldn\'t parse image name "Nginx": ' +
        'invalid reference format: repository name (library/Nginx) must be lowercase',
    );
  });

  test('prints JSON', async () => {
    const { stdout } = await pullsim(['parse', '-o', 'json', 'reg.io:5000/a']);
    expect(JSON.parse(stdout)).toEqual([
      {
        image: 'reg.io:5000/a',
        registry: 'reg.io:5000',
        repository: 'reg.io:5000/a',
        tag: 'latest',
        digest: '',
        reference: 'reg.io:5000/a:latest',
        runtimeName: 'reg.io:5000/a:latest',
        defaultPullPolicy: 'Always',
      },
    ]);
  });
});

describe('match', () => {
  test.each([
    ['https://index.docker.io/v1/', 'nginx', 0, 'docker-hub-fallback'],
    ['docker.io', 'nginx', 0, 'matched'],
    ['reg.io', 'reg.io:5000/app', 1, 'port-differs'],
    ['*.io', 'a.b.io/app', 1, 'label-count-differs'],
    ['reg.io/team/', 'reg.io/teammate/app', 1, 'path-differs'],
    ['REG.io', 'reg.io/app', 1, 'host-case-differs'],
    ['other.io', 'reg.io/app', 1, 'host-differs'],
    ['reg.io:abc', 'reg.io/app', 1, 'dropped'],
  ])('%s for %s exits %i by the step %s', async (key, image, code, step) => {
    const result = await pullsim(['match', '-o', 'json', key, image]);
    expect(result.code).toBe(code);
    expect(JSON.parse(result.stdout)).toMatchObject({ step, matches: code === 0 });
  });

  test('does not repeat a password in the key', async () => {
    const { code, stdout } = await pullsim(['match', 'https://user:hunter2@reg.io/', 'reg.io/app']);
    expect(code).toBe(0);
    expect(stdout).toContain('https://***@reg.io/');
    expect(stdout).not.toContain('hunter2');
  });
});

describe('hash-password', () => {
  test('prints a hash that opens with the password', async () => {
    const { code, stdout } = await pullsim(['hash-password', '--cost', '4'], { stdin: 'correct horse\n' });
    expect(code).toBe(0);
    expect(compareSync('correct horse', stdout.trim())).toBe(true);
  });

  test.each([
    ['', 'the password is empty'],
    ['x'.repeat(73), 'longer than 72 bytes'],
  ])('refuses %j', async (stdin, says) => {
    const { code, stderr } = await pullsim(['hash-password'], { stdin });
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});
