import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAskProvider, ProviderExecError } from '../../src/kubelet/provider-exec.js';
import { printed, responseOf, writeProgram } from '../support/provider-program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const group = 'credentialprovider.kubelet.k8s.io';
const good = responseOf({ cacheKeyType: 'Image', auth: { 'reg.io': { username: 'u', password: 'p' } } });

interface Setup {
  readonly lines?: readonly string[];
  readonly version?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly environ?: readonly string[];
  readonly timeoutMs?: number;
  readonly strict?: boolean;
  readonly token?: string;
}

async function ask(setup: Setup, prepare?: (folder: string) => Promise<void>) {
  const { version = 'v1', args = [], env = [], environ = [], timeoutMs, strict = true, token } = setup;
  await using folder = await temporaryFolder();
  await (prepare?.(folder.path) ?? writeProgram(folder.path, 'plugin', ...(setup.lines ?? [])));
  const program = { name: 'plugin', binDir: folder.path, apiVersion: `${group}/${version}`, args, env };
  const provider = createAskProvider(program, {
    environ: () => [`PATH=${process.env.PATH}`, ...environ],
    strict,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const request = { image: 'reg.io/app', ...(token !== undefined && { serviceAccountToken: token }) };
  return await provider(request).catch((error: Error) => {
    expect(error).toBeInstanceOf(ProviderExecError);
    return error.message.replaceAll(folder.path, 'BIN');
  });
}

/** What the program wrote to its error output, seen in the error of a failure. */
const told = (answer: unknown) => String(answer).replace(/^.*?exit status 1: /, '');

describe('a plugin is run', () => {
  test('with its arguments, and answers on standard output', async () => {
    const lines = [`[ "$1 $2" = "get --fast" ] || exit 1`, printed(good)];
    expect(await ask({ lines, args: ['get', '--fast'] })).toEqual({
      cacheKeyType: 'Image',
      auth: { 'reg.io': { username: 'u', password: 'p' } },
    });
  });

  test('with the kubelet’s environment, in which configured variables win', async () => {
    const lines = ['printf "%s %s" "$KEPT" "$CHANGED" >&2', 'exit 1'];
    const env = [{ name: 'CHANGED', value: 'new=value' }];
    expect(told(await ask({ lines, env, environ: ['KEPT=kept', 'CHANGED=old'] }))).toBe('kept new=value');
  });

  test('with the kubelet’s working directory', async () => {
    expect(told(await ask({ lines: ['pwd >&2', 'exit 1'] }))).toBe(`${process.cwd()}\n`);
  });

  test('also when it does not read its input', async () => {
    const lines = ['exec 0<&-', printed(good)];
    expect(await ask({ lines })).toMatchObject({ cacheKeyType: 'Image' });
  });

  test('and its error output means nothing when it ends well', async () => {
    expect(await ask({ lines: ['echo warning >&2', printed(good)] })).toMatchObject({
      cacheKeyType: 'Image',
    });
  });

  test.each(['v1', 'v1beta1', 'v1alpha1'])('in the protocol of %s', async (version) => {
    const lines = [
      `grep -q '"apiVersion":"${group}/${version}"' || exit 1`,
      printed(responseOf({ cacheKeyType: 'Global' }, version)),
    ];
    expect(await ask({ lines, version })).toEqual({ cacheKeyType: 'Global' });
  });
});

const execing = 'error execing credential provider plugin plugin for image reg.io/app: ';
const undecodable = 'error decoding credential provider plugin response from stdout';

describe('a plugin fails', () => {
  test.each([
    ['exit 3', 'exit status 3: '],
    ['echo gone >&2; kill -TERM $$', 'signal: terminated: gone\n'],
    ['kill -SEGV $$', 'signal: segmentation fault: '],
  ])('by %s', async (line, said) => {
    expect(await ask({ lines: [line] })).toBe(execing + said);
  });

  test('when its minute is over', async () => {
    const lines = ['echo started >&2', 'exec sleep 60'];
    expect(await ask({ lines, timeoutMs: 300 })).toMatch(`${execing}context deadline exceeded: `);
  });

  test('when a program that it left behind holds its output open', async () => {
    expect(await ask({ lines: ['sleep 5 &', 'wait'], timeoutMs: 100 })).toMatch(
      `${execing}context deadline exceeded: `,
    );
  });

  test('when it is gone', async () => {
    expect(await ask({}, async () => undefined)).toBe(
      `${execing}fork/exec BIN/plugin: no such file or directory: `,
    );
  });

  test('when its interpreter is missing', async () => {
    const prepare = (folder: string) => writeFile(join(folder, 'plugin'), '#!/no/such/sh\n', { mode: 0o755 });
    expect(await ask({}, prepare)).toBe(`${execing}fork/exec BIN/plugin: no such file or directory: `);
  });

  test.each([
    ['a script without interpreter', 'echo hello\n'],
    ['an empty file', ''],
  ])('when it is %s', async (_what, text) => {
    const prepare = (folder: string) => writeFile(join(folder, 'plugin'), text, { mode: 0o755 });
    expect(await ask({}, prepare)).toBe(`${execing}fork/exec BIN/plugin: exec format error: `);
  });

  test('when it may not be executed', async () => {
    const prepare = (folder: string) => writeFile(join(folder, 'plugin'), '#!/bin/sh\n', { mode: 0o644 });
    expect(await ask({}, prepare)).toBe(`${execing}fork/exec BIN/plugin: permission denied: `);
  });

  test('and the token that it repeats is masked', async () => {
    expect(told(await ask({ lines: ['cat >&2', 'exit 1'], token: 'secret-token' }))).toBe(
      `{"kind":"CredentialProviderRequest","apiVersion":"${group}/v1","image":"reg.io/app","serviceAccountToken":"***"}\n`,
    );
  });
});

describe('an answer is refused', () => {
  const version = 'apiVersion from credential plugin response did not match expected apiVersion';
  const parse = "error reading GVK from response: couldn't get version/kind; json parse error: ";

  test.each([
    ['', `${parse}unexpected end of JSON input`],
    ['kind: CredentialProviderResponse', `${parse}invalid character 'k' looking for beginning of value`],
    [
      '[]',
      `${parse}json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    ],
    [
      '{"apiVersion":1}',
      `${parse}json: cannot unmarshal number into Go struct field .apiVersion of type string`,
    ],
    ['{"apiVersion":"a/b/c"}', 'error reading GVK from response: unexpected GroupVersion string: a/b/c'],
    ['{}', `${version}:${group}/v1, actual apiVersion:`],
    ['null', `${version}:${group}/v1, actual apiVersion:`],
    [
      responseOf({ cacheKeyType: 'Image' }, 'v1beta1'),
      `${version}:${group}/v1, actual apiVersion:${group}/v1beta1`,
    ],
    [`${good} {}`, `${parse}invalid character '{' after top-level value`],
    [responseOf({ cacheKeyType: 'Image', extra: 1 }), undecodable],
    [responseOf({ CacheKeyType: 'Image' }), undecodable],
    [responseOf({ cacheKeyType: 'Image', auth: { 'reg.io': { user: 'u' } } }), undecodable],
    [responseOf({ cacheKeyType: 'Image', auth: { 'reg.io': { password: 5 } } }), undecodable],
    [responseOf({ cacheKeyType: 'Image', auth: [] }), undecodable],
    [responseOf({ cacheKeyType: 'Image', cacheDuration: 60 }), undecodable],
    [responseOf({ cacheKeyType: 'Image', cacheDuration: '60' }), undecodable],
    [good.replace('"u"', '"u","username":"v"'), undecodable],
  ])('%s', async (output, said) => {
    expect(await ask({ lines: [printed(output)] })).toBe(said);
  });

  test('for unknown and duplicate fields only since 1.32', async () => {
    const output = responseOf({ cacheKeyType: 'Image', extra: 1 });
    expect(await ask({ lines: [printed(output)], strict: false })).toEqual({ cacheKeyType: 'Image' });
  });
});
