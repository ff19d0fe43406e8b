import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { afterEach, describe, expect, test } from 'vitest';
import { type AccessPolicyOptions, createAccessPolicy } from '../../src/access/access-policy.js';
import { createLoginThrottle } from '../../src/access/login-throttle.js';

const now = () => new Date('2026-06-01T12:00:00Z');
const opened: { close(): Promise<void> }[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const policy of opened.splice(0)) await policy.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const policyWith = (options: Partial<AccessPolicyOptions>) => {
  const policy = createAccessPolicy({ now, ...options });
  opened.push(policy);
  return policy;
};

const hash = (password: string) => bcrypt.hashSync(password, 4);

const fileWith = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'pullsim-htpasswd-'));
  folders.push(folder);
  const file = join(folder, 'htpasswd');
  writeFileSync(file, text);
  return file;
};

describe('logging in', () => {
  const users = [
    { name: 'ann', password: 'pa:ss:word' },
    { name: 'ben', passwordHash: hash('secret') },
    { name: 'gone', password: 'x', disabled: true },
  ];
  const robots = [
    { name: 'bot', password: 'b', expires: '2026-06-01T12:00:01Z' },
    { name: 'old', password: 'b', expires: '2026-06-01' },
  ];
  const groups = { devs: ['ann', 'ben'], ops: ['ann'] };

  test.each([
    ['a plain password', 'ann', 'pa:ss:word', true],
    ['a wrong plain password', 'ann', 'pa', false],
    ['an empty password', 'ann', '', false],
    ['a hash', 'ben', 'secret', true],
    ['a wrong password for a hash', 'ben', 'Secret', false],
    ['the hash as the password', 'ben', users[1]!.passwordHash!, false],
    ['an unknown user', 'ghost', 'secret', false],
    ['an empty user name', '', '', false],
    ['a disabled account', 'gone', 'x', false],
    ['a robot before its end', 'bot', 'b', true],
    ['a robot after its end', 'old', 'b', false],
    ['the name of an object member', '__proto__', 'x', false],
    ['what an unknown user is compared with', 'ghost', 'no such password', false],
  ])('with %s', async (_, name, password, ok) => {
    const policy = policyWith({ users, robots, groups });
    expect((await policy.authenticate(name, password)).ok).toBe(ok);
  });

  test('tells who it is, with the groups', async () => {
    const policy = policyWith({ users, groups });
    expect(await policy.authenticate('ann', 'pa:ss:word')).toEqual({
      ok: true,
      identity: { kind: 'user', name: 'ann', groups: ['devs', 'ops'] },
      because: '"ann" gave the right password',
    });
  });

  test.each([
    ['ann', 'no', 'wrong password for "ann"'],
    ['ghost', 'no', 'there is no user "ghost"'],
    ['gone', 'x', 'the account "gone" is disabled'],
    ['old', 'b', 'the account "old" ended 2026-06-01'],
  ])('tells the journal why %s was refused', async (name, password, because) => {
    const policy = policyWith({ users, robots });
    expect(await policy.authenticate(name, password)).toEqual({ ok: false, because });
  });

  test('remembers a right password, and neither a wrong one nor a disabled account', async () => {
    let compared = 0;
    const bcryptPool = {
      compare: async (password: string, stored: string) => {
        compared += 1;
        return bcrypt.compareSync(password, stored);
      },
      close: async () => undefined,
    };
    const policy = policyWith({ users, bcrypt: bcryptPool });
    await policy.authenticate('ben', 'secret');
    await policy.authenticate('ben', 'secret');
    expect(compared).toBe(1);
    await policy.authenticate('ben', 'wrong');
    await policy.authenticate('ben', 'wrong');
    expect(compared).toBe(3);
  });

  test.each([
    ['an account without a password', { name: 'u' }, 'needs a password'],
    ['both kinds', { name: 'u', password: 'x', passwordHash: hash('x') }, 'keep one'],
    [
      'an expiry without a time zone',
      { name: 'u', password: 'x', expires: '2027-01-01T00:00:00' },
      'RFC 3339',
    ],
    ['an expiry on no day', { name: 'u', password: 'x', expires: '2027-02-30T00:00:00+25:00' }, 'RFC 3339'],
    ['an expiry that is no time', { name: 'u', password: 'x', expires: 'soon' }, 'RFC 3339'],
  ])('is impossible to configure with %s', (_, account, message) => {
    expect(() => policyWith({ users: [account] })).toThrow(message);
  });

  test('is impossible to configure with one name twice', () => {
    const account = { name: 'u', password: 'x' };
    expect(() => policyWith({ users: [account], robots: [account] })).toThrow('two accounts named "u"');
  });

  test('identifies accounts without a password, and none that may not log in', () => {
    const policy = policyWith({ users, robots, groups });
    expect(policy.identify('')).toMatchObject({ ok: true, identity: { kind: 'anonymous' } });
    expect(policy.identify('ben')).toMatchObject({ ok: true, identity: { name: 'ben', groups: ['devs'] } });
    expect(policy.identify('gone').ok).toBe(false);
    expect(policy.identify('old').ok).toBe(false);
    expect(policy.identify('ghost').ok).toBe(false);
  });
});

describe('a password file', () => {
  test('has bcrypt lines of every spelling; other formats never match', async () => {
    const body = hash('pw').slice(4);
    const file = fileWith(
      [
        '# comment',
        '',
        `a:$2a$${body}`,
        `b:$2b$${body}`,
        `y:$2y$${body}\r`,
        'md5:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/',
        'sha:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
        'plain:password',
        'short:$2y$10$short',
        'empty:',
      ].join('\n'),
    );
    const policy = policyWith({ htpasswd: file });
    for (const name of ['a', 'b', 'y']) expect((await policy.authenticate(name, 'pw')).ok).toBe(true);
    for (const [name, password] of [
      ['md5', 'myPassword'],
      ['sha', 'password'],
      ['plain', 'password'],
      ['short', ''],
      ['empty', ''],
      ['# comment', ''],
    ] as const)
      expect((await policy.authenticate(name, password)).ok).toBe(false);
  });

  test('is read again when it was changed or replaced, without a restart', async () => {
    const file = fileWith(`ann:${hash('one')}\n`);
    const policy = policyWith({ htpasswd: file });
    expect((await policy.authenticate('ann', 'one')).ok).toBe(true);
    writeFileSync(file, `ann:${hash('two')}\nben:${hash('ben')}\n`);
    expect((await policy.authenticate('ann', 'one')).ok).toBe(false);
    expect((await policy.authenticate('ann', 'two')).ok).toBe(true);
    expect((await policy.authenticate('ben', 'ben')).ok).toBe(true);
    writeFileSync(`${file}.new`, `ben:${hash('ben')}\n`);
    renameSync(`${file}.new`, file);
    expect((await policy.authenticate('ann', 'two')).ok).toBe(false);
    expect(policy.identify('ben').ok).toBe(true);
  });

  test('names file and line of a malformed line, and not its text', () => {
    const file = fileWith('ann:x\n\nhunter2-without-a-colon\n');
    expect(() => policyWith({ htpasswd: file })).toThrow(`${file}:3: expected "name:bcrypt-hash"`);
    expect(() => policyWith({ htpasswd: file })).not.toThrow('hunter2');
    expect(() => policyWith({ htpasswd: fileWith(':x') })).toThrow(':1: ');
  });

  test('that is missing cannot be configured', () => {
    expect(() => policyWith({ htpasswd: '/no/such/file' })).toThrow('/no/such/file: cannot be read (ENOENT)');
  });

  test('that an edit broke lets nobody of it in until it is mended', async () => {
    const good = `ann:${hash('one')}\n`;
    const file = fileWith(good);
    const policy = policyWith({ htpasswd: file, users: [{ name: 'listed', password: 'x' }] });
    writeFileSync(file, `${good}oops\n`);
    expect(await policy.authenticate('ann', 'one')).toMatchObject({
      ok: false,
      because: expect.stringContaining(':2:'),
    });
    expect((await policy.authenticate('listed', 'x')).ok).toBe(true);
    rmSync(file);
    expect((await policy.authenticate('ann', 'one')).ok).toBe(false);
    writeFileSync(file, good);
    expect((await policy.authenticate('ann', 'one')).ok).toBe(true);
  });

  test('yields to the list of users, and its names may be in groups', async () => {
    const file = fileWith(`ann:${hash('file')}\nben:${hash('file')}\n`);
    const policy = policyWith({
      htpasswd: file,
      users: [{ name: 'ann', password: 'list' }],
      groups: { g: ['ben'] },
    });
    expect((await policy.authenticate('ann', 'file')).ok).toBe(false);
    expect((await policy.authenticate('ann', 'list')).ok).toBe(true);
    expect(await policy.authenticate('ben', 'file')).toMatchObject({ identity: { groups: ['g'] } });
  });
});

describe('login throttling', () => {
  const throttled = (clock: { now: Date }) =>
    policyWith({
      users: [
        { name: 'ann', password: 'right' },
        { name: 'ben', password: 'right' },
      ],
      throttle: createLoginThrottle({ failures: 3, windowSeconds: 60, now: () => clock.now }),
    });
  const fail = async (policy: ReturnType<typeof throttled>, address: string, times: number, name = 'ann') => {
    for (let count = 0; count < times; count += 1) await policy.authenticate(name, 'wrong', address);
  };

  test('refuses after the last failure that is allowed, even the right password, until the window ends', async () => {
    const clock = { now: now() };
    const policy = throttled(clock);
    await fail(policy, '10.0.0.1', 3);
    clock.now = new Date(clock.now.getTime() + 20_500);
    expect(await policy.authenticate('ann', 'right', '10.0.0.1')).toEqual({
      ok: false,
      because: 'too many failed logins of "ann" from 10.0.0.1',
      retryAfterSeconds: 40,
    });
    clock.now = new Date(clock.now.getTime() + 40_000);
    expect((await policy.authenticate('ann', 'right', '10.0.0.1')).ok).toBe(true);
  });

  test('starts anew with a right password', async () => {
    const policy = throttled({ now: now() });
    await fail(policy, '10.0.0.1', 2);
    await policy.authenticate('ann', 'right', '10.0.0.1');
    await fail(policy, '10.0.0.1', 2);
    expect((await policy.authenticate('ann', 'right', '10.0.0.1')).ok).toBe(true);
  });

  test('holds for accounts that do not exist, so that it tells nothing', async () => {
    const policy = throttled({ now: now() });
    await fail(policy, '10.0.0.1', 3, 'ghost');
    expect(await policy.authenticate('ghost', 'x', '10.0.0.1')).toMatchObject({ retryAfterSeconds: 60 });
  });

  test('counts logins that are still being checked, so that guesses cannot run in parallel', async () => {
    const throttle = createLoginThrottle({ failures: 3, now });
    const attempts = Array.from({ length: 200 }, () => throttle.begin('ann', '10.0.0.1'));
    expect(attempts.filter(({ allowed }) => allowed)).toHaveLength(53);
    expect(attempts.at(-1)).toEqual({ allowed: false, retryAfterSeconds: 60 });
  });
});
