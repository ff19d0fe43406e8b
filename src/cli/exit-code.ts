/**
 * What the process says to its caller (DESIGN §3.3). Where several apply, the first of this list wins:
 * a bug of ours, bad usage or unreadable input, a refusal, no decision, success.
 */
export const exitCodes = {
  bug: 70,
  usage: 2,
  refused: 1,
  undecided: 3,
  ok: 0,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
