/** The world outside a command: everything it prints, reads and asks of the process. Tests give their own. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Prints piece by piece, no faster than it is read. */
  outPieces(pieces: Iterable<string>): Promise<void>;
  /** Everything on standard input. */
  readStdin(): Promise<Buffer>;
  readonly stdinIsTerminal: boolean;
  /** Whether escape codes are welcome on standard output: a terminal, and no `NO_COLOR` (no-color.org). */
  readonly colors: boolean;
  /** Resolves at the first SIGINT or SIGTERM. */
  untilStopped(): Promise<void>;
}

/** The terminal of this process. Nobody reading standard output any more (`| head`) is not an error. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outPieces: async (pieces) => {
      for (const piece of batches(pieces)) if (!process.stdout.write(piece)) await drained();
    },
    readStdin,
    stdinIsTerminal: process.stdin.isTTY === true,
    colors: process.stdout.isTTY === true && !process.env.NO_COLOR,
    untilStopped,
  };
}

/** Small pieces joined to some that are worth a system call. */
export function* batches(pieces: Iterable<string>): Generator<string, void> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < batchLength) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

const batchLength = 64 * 1024;

/** A reader that went away drains nothing: then the rest is for nobody. */
const drained = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.once('drain', resolve);
    process.stdout.once('close', resolve);
    process.stdout.once('error', () => resolve());
  });

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
