import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Compares passwords with bcrypt hashes away from the thread that answers requests. */
export interface BcryptPool {
  /** True when `password` is the one that `hash` was made from. A hash that bcrypt cannot read never matches. */
  compare(password: string, hash: string): Promise<boolean>;
  /** Ends the threads. Comparisons under way settle as `false`. */
  close(): Promise<void>;
}

interface Comparison {
  readonly password: string;
  readonly hash: string;
  readonly settle: (matches: boolean) => void;
}

interface Thread {
  readonly worker: Worker;
  job: Comparison | undefined;
}

/**
 * A pool of at most `threads` workers, by default one less than the machine has cores, at least one and at most four.
 * The first comparison starts the first worker. Idle workers do not keep the process alive.
 */
export function createBcryptPool(options: { readonly threads?: number } = {}): BcryptPool {
  const limit = options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  const threads = new Set<Thread>();
  const waiting: Comparison[] = [];
  let closed = false;

  const dispatch = (): void => {
    while (waiting.length > 0) {
      const idle =
        [...threads].find(({ job }) => job === undefined) ?? (threads.size < limit ? start() : undefined);
      if (idle === undefined) return;
      give(idle, waiting.shift()!);
    }
  };

  const finish = (thread: Thread, matches: boolean): void => {
    const { job } = thread;
    thread.job = undefined;
    thread.worker.unref();
    job?.settle(matches);
    dispatch();
  };

  const start = (): Thread => {
    const worker = new Worker(program, { eval: true, workerData: bcryptjs() });
    const thread: Thread = { worker, job: undefined };
    threads.add(thread);
    worker.on('message', (matches: boolean) => finish(thread, matches));
    // A worker that dies takes its comparison with it, never the server: nobody is let in by a crash.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      threads.delete(thread);
      finish(thread, false);
    });
    return thread;
  };

  return {
    compare: (password, hash) =>
      new Promise((resolve) => {
        if (closed) return resolve(false);
        waiting.push({ password, hash, settle: resolve });
        dispatch();
      }),
    close: async () => {
      closed = true;
      for (const { settle } of waiting.splice(0)) settle(false);
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function give(thread: Thread, job: Comparison): void {
  thread.job = job;
  thread.worker.ref();
  thread.worker.postMessage({ password: job.password, hash: job.hash });
}

/**
 * The worker's program is text, because a file of its own would have to be `.ts` under the tests and `.js` in `dist/`.
 * It loads bcryptjs by absolute path: an evaluated worker resolves bare names from the working directory.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const bcrypt = require(workerData);
const matches = ({ password, hash }) => {
  try { return bcrypt.compareSync(password, hash); } catch { return false; }
};
parentPort.on('message', (job) => parentPort.postMessage(matches(job)));
`;

const bcryptjs = (): string => createRequire(import.meta.url).resolve('bcryptjs');
