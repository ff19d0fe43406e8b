import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/installed.js';
import { runCommand } from '../support/run-command.js';
import { type ServedWorld, serveWorld } from '../support/serve.js';

const clientFile = (name: string) =>
  fileURLToPath(new URL(`../support/control-clients/${name}`, import.meta.url));

/** A registry with its control API, and the file that says where both are. */
function controlled() {
  let served: ServedWorld;
  beforeAll(async () => {
    served = await serveWorld('classroom', { args: ['--control', '--ready-file', 'ready.json'] });
    while (!existsSync(join(served.folder, 'ready.json'))) await new Promise((next) => setImmediate(next));
  });
  afterAll(() => served[Symbol.asyncDispose]());
  return {
    folder: () => served.folder,
    readyFile: () => join(served.folder, 'ready.json'),
    ready: () => JSON.parse(readFileSync(join(served.folder, 'ready.json'), 'utf8')),
  };
}

describeWith(['curl'], 'curl and the control API', () => {
  const { folder, ready } = controlled();
  const curl = (path: string, ...args: string[]) => {
    const { url, token } = ready().control;
    return runCommand('curl', ['-sS', '-H', `Authorization: Bearer ${token}`, ...args, url + path]);
  };

  test('seeds, judges a YAML file and reads the journal', async () => {
    const body = '{"repositories":[{"name":"lab/curl","visibility":"public","tags":{"v1":{}}}]}';
    const seeded = await curl('/seed', '-X', 'PUT', '-d', body, '-w', '%{http_code}');
    expect(seeded.output).toBe('204');
    const file = join(folder(), 'pod.yaml');
    writeFileSync(
      file,
      'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: c, image: "lab/curl:v1" }] }\n',
    );
    const judged = await curl('/simulate', '--data-binary', `@${file}`);
    expect(JSON.parse(judged.output).summary).toMatchObject({ pulled: 1, failed: 0 });
    expect(JSON.parse((await curl('/requests')).output)).toEqual({ requests: [] });
  });

  test('is told that its body is too large', async () => {
    const file = join(folder(), 'large');
    writeFileSync(file, Buffer.alloc(17 * 1024 * 1024, 'x'));
    const { output } = await curl('/simulate', '--data-binary', `@${file}`, '-w', '%{http_code}');
    expect(output).toContain('413');
  });
});

describeWith(['go'], "Go's net/http and the control API", () => {
  const { readyFile } = controlled();
  test('seeds, orders a fault and reads verdicts', async () => {
    const { output } = await runCommand('go', ['run', clientFile('client.go'), readyFile()]);
    expect(output.trim().split('\n')).toEqual([
      'PUT /seed 204',
      'POST /simulate 200',
      'pulled 1 failed 0',
      'POST /faults 204',
      'POST /simulate 200',
      'pulled 0 failed 1',
      'POST /reset 204',
    ]);
  });
});

describeWith(['python3'], "Python's urllib and the control API", () => {
  const { readyFile } = controlled();
  test('adds a user, logs in and reads the journal', async () => {
    const { output } = await runCommand('python3', [clientFile('client.py'), readyFile()]);
    expect(output.trim().split('\n')).toEqual([
      'GET /requests 401',
      'PUT /users 204',
      'GET /requests 200',
      "[('token', 'py')]",
      'PUT /seed 422',
      'repositories[0].nam: unknown key; did you mean "name"?',
      'POST /reset 204',
      'GET /requests 200',
      "{'requests': []}",
    ]);
  });
});
