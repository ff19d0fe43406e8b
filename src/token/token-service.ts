import type { AccessPolicy } from '../access/decision.js';
import type { TokenKeys } from '../access/token-keys.js';

/** One registry that the token server issues tokens for. */
export interface TokenService {
  /** What clients send as `service`, and what becomes the token's `aud`. */
  readonly service: string;
  /** The registry's host, for the journal. */
  readonly registry: string;
  /** `iss`, and the realm of the 401. */
  readonly issuer: string;
  readonly policy: AccessPolicy;
  /** Unknown repositories are private: existence must not leak. */
  readonly visibility: (repository: string) => 'public' | 'private';
  readonly keys: Pick<TokenKeys, 'sign'>;
  /** Lifetime of access tokens: 300 by default, at least 60, which clients assume when nothing is said. */
  readonly expiresInSeconds?: number;
  /** `refused`: whoever sends no credentials gets 401 instead of a token for public repositories. */
  readonly anonymous?: 'allowed' | 'refused';
}

/** Finds services by name. */
export interface TokenServices {
  find(service: string): TokenService | undefined;
}

/** The shortest lifetime that clients expect (token.md). */
export const minExpiresInSeconds = 60;

/** @throws RangeError for two services of one name, and for a lifetime under a minute */
export function indexServices(services: readonly TokenService[]): TokenServices {
  const byName = new Map<string, TokenService>();
  for (const service of services) {
    if (byName.has(service.service))
      throw new RangeError(`two registries have the service "${service.service}"`);
    if ((service.expiresInSeconds ?? defaultExpiresInSeconds) < minExpiresInSeconds)
      throw new RangeError(
        `tokens of "${service.service}" must live at least ${minExpiresInSeconds} seconds`,
      );
    byName.set(service.service, service);
  }
  return { find: (name) => byName.get(name) };
}

export const defaultExpiresInSeconds = 300;
