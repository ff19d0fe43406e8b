/** Placeholder until credentials/go-json lands. */
export function checkJsonMap(bytes: Uint8Array): string | undefined {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return undefined;
  } catch {
    return 'pending';
  }
}
