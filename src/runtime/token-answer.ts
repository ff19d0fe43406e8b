/** What token endpoints answer; absent members are empty or 0, as in Go. */
export interface TokenAnswer {
  readonly token: string;
  readonly accessToken: string;
  /** 0: the endpoint did not say. */
  readonly expiresInSeconds: number;
}

/**
 * Reads the JSON of a token endpoint.
 *
 * @returns the answer, or what Go's JSON decoder says of a text that is none
 */
export function decodeTokenAnswer(text: string): TokenAnswer | { readonly problem: string } {
  try {
    const answer = JSON.parse(text) as Record<string, unknown>;
    return {
      token: String(answer.token ?? ''),
      accessToken: String(answer.access_token ?? ''),
      expiresInSeconds: Number(answer.expires_in ?? 0),
    };
  } catch {
    return { problem: syntaxProblem(text) };
  }
}

function syntaxProblem(text: string): string {
  const [first = ''] = text.trimStart();
  if (first === '') return 'EOF';
  return /[{["0-9tfn-]/.test(first)
    ? 'unexpected EOF'
    : `invalid character '${first}' looking for beginning of value`;
}
