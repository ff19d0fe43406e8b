import bcrypt from 'bcryptjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BcryptPool, createBcryptPool } from '../../src/access/bcrypt-pool.js';

const hash = bcrypt.hashSync('right', 4);

let pool: BcryptPool;
beforeEach(() => {
  pool = createBcryptPool({ threads: 2 });
});
afterEach(() => pool.close());

test('compares more passwords at once than it has threads', async () => {
  const passwords = Array.from({ length: 20 }, (_, index) => (index % 3 === 0 ? 'right' : `wrong-${index}`));
  const answers = await Promise.all(passwords.map((password) => pool.compare(password, hash)));
  expect(answers).toEqual(passwords.map((password) => password === 'right'));
});

test.each(['', 'x', '$2b$10$short', '$2b$99$'.padEnd(60, '.'), '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/'])(
  'a hash that bcrypt cannot read, like %j, never matches, and the thread survives it',
  async (unreadable) => {
    expect(await pool.compare('right', unreadable)).toBe(false);
    expect(await pool.compare('right', hash)).toBe(true);
  },
);

test('answers no to whoever still waits when it closes, and to whoever comes later', async () => {
  const slow = bcrypt.hashSync('right', 4).replace('$04$', '$16$');
  const waiting = Array.from({ length: 5 }, () => pool.compare('right', slow));
  await pool.close();
  expect(await Promise.all(waiting)).toEqual(Array(5).fill(false));
  expect(await pool.compare('right', hash)).toBe(false);
});

test('the event loop stays free while passwords are compared', async () => {
  let turns = 0;
  let done = false;
  const comparison = pool.compare('right', bcrypt.hashSync('right', 8)).then((matches) => {
    done = true;
    return matches;
  });
  while (!done) {
    turns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await comparison).toBe(true);
  expect(turns).toBeGreaterThan(10);
});
