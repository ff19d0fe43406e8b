import { decodeGoStruct, GoJsonError, type GoStruct } from './go-struct.js';

/** What token endpoints answer; absent members are empty or 0, as in Go. */
export interface TokenAnswer {
  readonly token: string;
  readonly accessToken: string;
  /** 0: the endpoint did not say. */
  readonly expiresInSeconds: number;
}

/** containerd reads the two kinds of answers into two structs; they show in its type errors. */
const structs = {
  GET: tokenStruct('FetchTokenResponse', { token: 'string', access_token: 'string' }),
  POST: tokenStruct('OAuthTokenResponse', { access_token: 'string', scope: 'string' }),
};

/**
 * Reads the JSON of a token endpoint.
 *
 * @returns the answer, or what Go's JSON decoder says of a text that is none
 */
export function decodeTokenAnswer(
  body: Uint8Array,
  method: 'GET' | 'POST',
): TokenAnswer | { readonly problem: string } {
  try {
    const answer = decodeGoStruct(body, structs[method], 'first');
    return {
      token: (answer.token as string | undefined) ?? '',
      accessToken: (answer.access_token as string | undefined) ?? '',
      expiresInSeconds: (answer.expires_in as number | undefined) ?? 0,
    };
  } catch (error) {
    if (error instanceof GoJsonError) return { problem: error.message };
    throw error;
  }
}

function tokenStruct(struct: string, fields: GoStruct['fields']): GoStruct {
  return {
    struct,
    typeName: `auth.${struct}`,
    fields: { ...fields, expires_in: 'int', issued_at: 'time', refresh_token: 'string' },
  };
}
