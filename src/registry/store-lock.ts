import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** Somebody else writes here. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked';
}

/** Who holds a lock. A process is told from a later one with the same number by the time of its start. */
interface Holder {
  readonly pid: number;
  /** Start of the process in ticks since boot, and the boot; empty where the system does not tell. */
  readonly started: string;
  readonly nonce: string;
}

/**
 * Takes the lock file of a store: two writers would lose each other's tags. A lock whose process has died is taken over.
 *
 * @returns releases it
 * @throws StoreLocked when a living process holds it
 */
export async function lockStore(path: string): Promise<() => Promise<void>> {
  const own: Holder = {
    pid: process.pid,
    started: look(process.pid).started,
    nonce: randomBytes(8).toString('hex'),
  };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(path, own)) return () => release(path, own);
    const found = await readHolder(path);
    if (found !== undefined && isAlive(found)) throw locked(path, found);
    await removeStale(path, found);
  }
  throw new StoreLocked(`${path} changes hands too fast: is another server starting?`);
}

const locked = (path: string, { pid }: Holder) =>
  new StoreLocked(`process ${pid} serves this folder already (${path}): stop it, or use another folder`);

/** Written aside and linked into place: nobody ever reads half a lock and takes it for a dead one. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const aside = `${path}.${holder.nonce}`;
  await writeFile(aside, JSON.stringify(holder));
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = look(pid);
  // A killed process that its parent has not asked for yet still has its number.
  if (now.state === 'Z' || now.state === 'X') return false;
  return started === '' || now.started === '' || started === now.started;
}

/** Moves a dead holder's file away, and back if it was not the one that was read: two may do this at once. */
async function removeStale(path: string, seen: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved?.nonce !== seen?.nonce) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function release(path: string, own: Holder): Promise<void> {
  if ((await readHolder(path))?.nonce === own.nonce) await rm(path, { force: true });
}

/** What Linux tells of a process; nothing elsewhere. */
function look(pid: number): { readonly state: string; readonly started: string } {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // Fields 3 and 22; the second one is the name in parentheses and may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state: fields[0] ?? '', started: `${boot}/${fields[19]}` };
  } catch {
    return { state: '', started: '' };
  }
}
