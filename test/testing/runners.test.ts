import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const suite = fileURLToPath(new URL('node-test.mjs', import.meta.url));

function runNodeTest(): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--test', suite], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

test('two suites run in parallel under node:test and share nothing', async () => {
  const [one, other] = await Promise.all([runNodeTest(), runNodeTest()]);
  expect(one.code, one.output).toBe(0);
  expect(other.code, other.output).toBe(0);
});
