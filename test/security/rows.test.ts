import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(root, 'test', file), 'utf8'))
  .join('\n');
const sentences = readFileSync(join(root, 'docs/security.md'), 'utf8');

test.each(Array.from({ length: 43 }, (_, index) => `S${index + 1}`))(
  'row %s is a test that names it, or a sentence that says why not',
  (row) => {
    const isTest = new RegExp(`['"\`]${row}[ :]`).test(tests);
    const isSentence = new RegExp(`^\\* \\*\\*${row},`, 'm').test(sentences);
    expect(isTest || isSentence).toBe(true);
  },
);
