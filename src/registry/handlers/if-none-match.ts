/** Whether a client has the content already, as its `If-None-Match` says: our validators are digests in quotes. */
export function hasContent(header: string | undefined, digest: string): boolean {
  if (header === undefined) return false;
  const validators = header.split(',').map((validator) => validator.trim().replace(/^W\//, ''));
  return validators.includes(`"${digest}"`) || validators.includes('*');
}
