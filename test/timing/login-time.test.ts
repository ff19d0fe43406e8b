import bcrypt from 'bcryptjs';
import { expect, test } from 'vitest';
import { startTokenServer } from '../support/token-server.js';

const samples = 200;
const maxMedianRatio = 1.3;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test.each<[string, Record<string, string>]>([
  ['hashes', { passwordHash: bcrypt.hashSync('right', 7) }],
  ['plain passwords', { password: 'right' }],
])(
  'S22 with %s, refusing takes as long for an unknown user, a wrong password and a disabled account',
  async (_, secret) => {
    await using server = await startTokenServer({
      policy: {
        users: [
          { name: 'known', ...secret },
          { name: 'disabled', ...secret, disabled: true },
        ],
      },
    });
    const logins = ['known:wrong', 'ghost:wrong', 'disabled:right', 'disabled:wrong'];
    const times = new Map(logins.map((login): [string, number[]] => [login, []]));
    // Taken in turns, so that whatever else the machine does touches all of them alike.
    for (let sample = 0; sample < samples; sample += 1) {
      for (const login of logins) {
        const start = performance.now();
        await server.get({ service: 'mock-registry', scope: 'repository:team/app:pull' }, { basic: login });
        times.get(login)?.push(performance.now() - start);
      }
    }
    const medians = [...times.values()].map(median);
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(maxMedianRatio);
  },
  120_000,
);
