import { hash } from 'node:crypto';
import { RecentValues } from '../common/recent-values';
import type { AccessTokenClaims } from './access-token-claims';
import type { VerifyingKey } from './signing-key';

/** What a token says whose signature holds, and the key by which it does. */
export interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  readonly key: VerifyingKey;
}

interface Entry extends VerifiedToken {
  readonly characters: number;
}

const mostTokens = 10_000;
/** Characters of all tokens together. What they say takes two or three times as much memory. */
const mostCharacters = 8 * 1024 * 1024;

/**
 * Remembers which tokens hold, so that one that comes again costs a hash instead of a signature. Only what does not change with time
 * is remembered: the times of a token, its key and its session are for the caller to look at, each time anew. Of the token there is
 * but its SHA-256, and a token that does not hold is never remembered.
 */
export class VerifiedTokens {
  private readonly recent = new RecentValues<Entry>(
    { mostValues: mostTokens, mostWeight: mostCharacters },
    ({ characters }) => characters,
  );

  find(token: string): VerifiedToken | undefined {
    return this.recent.find(nameOf(token));
  }

  keep(token: string, verified: VerifiedToken): void {
    this.recent.keep(nameOf(token), { ...verified, characters: token.length });
  }
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
