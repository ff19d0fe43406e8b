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

/**
 * A pool of at most `threads` workers, by default one less than the machine has cores, at least one and at most four.
 * The first comparison starts the first worker. Idle workers do not keep the process alive.
 */
export function createBcryptPool(options: { readonly threads?: number } = {}): BcryptPool {
  const limit = options.threads ?? Math.max(1, Math.min(4, availableParallelism() - 1));
  const threads = new Set<BcryptThread>();
  const waiting: Comparison[] = [];
  let closed = false;

  const start = (): BcryptThread => {
    const thread = startThread({ onIdle: dispatch, onExit: () => threads.delete(thread) });
    threads.add(thread);
    return thread;
  };
  const idleThread = (): BcryptThread | undefined =>
    [...threads].find((thread) => thread.isIdle()) ?? (threads.size < limit ? start() : undefined);
  function dispatch(): void {
    while (waiting.length > 0) {
      const thread = idleThread();
      if (thread === undefined) return;
      thread.run(waiting.shift()!);
    }
  }

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
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}

interface BcryptThread {
  isIdle(): boolean;
  run(comparison: Comparison): void;
  end(): Promise<unknown>;
}

/** One worker that does one comparison at a time. */
function startThread(events: { readonly onIdle: () => void; readonly onExit: () => void }): BcryptThread {
  const worker = new Worker(program, { eval: true, workerData: bcryptjs() });
  worker.unref();
  let current: Comparison | undefined;
  const finish = (matches: boolean): void => {
    const done = current;
    current = undefined;
    worker.unref();
    done?.settle(matches);
    events.onIdle();
  };
  worker.on('message', finish);
  // A worker that dies takes its comparison with it, never the server: nobody is let in by a crash.
  worker.on('error', () => undefined);
  worker.on('exit', () => {
    events.onExit();
    finish(false);
  });
  return {
    isIdle: () => current === undefined,
    run: (comparison) => {
      current = comparison;
      worker.ref();
      worker.postMessage({ password: comparison.password, hash: comparison.hash });
    },
    end: () => worker.terminate(),
  };
}

/**
 * The worker's program is text, because a file of its own would have to be `.ts` under the tests and `.js` in `dist/`.
 * On Linux the priority is the thread's own: guessers wait, and the thread that answers everybody else does not wait for
 * them. It loads bcryptjs by absolute path: an evaluated worker resolves bare names from the working directory.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const os = require('node:os');
const bcrypt = require(workerData);
if (process.platform === 'linux') try { os.setPriority(0, 10); } catch {}
const matches = ({ password, hash }) => {
  try { return bcrypt.compareSync(password, hash); } catch { return false; }
};
parentPort.on('message', (job) => parentPort.postMessage(matches(job)));
`;

const bcryptjs = (): string => createRequire(import.meta.url).resolve('bcryptjs');
