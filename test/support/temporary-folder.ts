import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder inside another one that is empty otherwise; both go at the end of the test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** What somebody wrote beside it: a path that climbed out. */
  readonly outsiders: () => Promise<readonly string[]>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const around = await mkdtemp(join(tmpdir(), 'pullsim-'));
  const path = join(around, 'inside');
  await mkdir(path);
  return {
    path,
    outsiders: async () => (await readdir(around)).filter((name) => name !== 'inside'),
    [Symbol.asyncDispose]: () => rm(around, { recursive: true, force: true }),
  };
}
