/** What Go prints for errors of the system. */
const texts: Readonly<Record<string, string>> = {
  E2BIG: 'argument list too long',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'exec format error',
  ENOMEM: 'cannot allocate memory',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  ETXTBSY: 'text file busy',
};

/** Go's name for the reason of a failed system call: `no such file or directory`. */
export function systemReason(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return texts[code] ?? message;
}

/** A failed system call as Go prints it: `open /etc/x: permission denied`. */
export const systemErrorText = (call: string, path: string, error: unknown): string => {
  const { syscall = call } = error as NodeJS.ErrnoException;
  return `${syscall} ${path}: ${systemReason(error)}`;
};
