import type { JsonPointer } from '../../common/json-pointer';
import type { Logger } from '../../common/logger';
import { payloadOfJwt } from './jwt-payload';
import type { VerifiesTokens, Verification } from './keys/token-verifier';
import { accessTokenPlaces, tokenAt } from './token-places';

/** What is known of an answer's claims: they count, there are none that count, or the answer is not to be believed at all. */
export type ClaimsReading =
  | { readonly kind: 'claims'; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'fault'; readonly fault: string };

export interface AnswerClaimsOptions {
  readonly strategy: string;
  /** `trusted`: believed without a look at the signature. */
  readonly trust: 'verified' | 'trusted';
  /** Where the answer holds its access token; undefined means the usual places. */
  readonly accessToken: JsonPointer | undefined;
  readonly tokens: VerifiesTokens;
  readonly logger: Logger;
}

/** The access token in an answer, whatever its form. */
export function accessTokenIn(body: unknown, pointer: JsonPointer | undefined): string | undefined {
  return tokenAt(body, accessTokenPlaces(pointer));
}

/** Finds the claims of an answer's JWT, and whether they count (docs/adr/0010-claims-count-only-when-verified.md). */
export class AnswerClaims {
  private hasWarned = false;

  constructor(private readonly options: AnswerClaimsOptions) {}

  /** @throws UpstreamFailure when the keys that must verify the token cannot be read. */
  async of(body: unknown): Promise<ClaimsReading> {
    const token = accessTokenIn(body, this.options.accessToken);
    const payload = payloadOfJwt(token);
    if (token === undefined || payload === undefined) return { kind: 'none', why: 'it holds no JWT' };
    if (this.options.trust === 'trusted') return { kind: 'claims', claims: payload };
    return this.judge(await this.options.tokens.verify(token, { fromService: true }));
  }

  private judge(verification: Verification): ClaimsReading {
    switch (verification.kind) {
      case 'verified':
        return { kind: 'claims', claims: verification.claims };
      case 'refused':
        return {
          kind: 'fault',
          fault: `its JWT was refused (${verification.detail}); ${hints[verification.fault]}`,
        };
      case 'unverifiable':
        this.warnOnce(verification.detail);
        return { kind: 'none', why: verification.detail };
    }
  }

  /** It is the same for every login, so it is said once. */
  private warnOnce(why: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.options.logger.warn({ strategy: this.options.strategy, why }, claimsDoNotCount);
  }
}

const claimsDoNotCount =
  'The service’s JWT is signed with a shared key or not at all, so its claims do not count; let EXTERNAL_AUTH_SUBJECT and the ' +
  'other pointers find the person elsewhere in the answer, or set EXTERNAL_AUTH_CLAIMS=trusted to believe them unverified';

const hints: Readonly<Record<Extract<Verification, { kind: 'refused' }>['fault'], string>> = {
  expired: 'check the clocks of both sides',
  no_key_id:
    'a JWT without `kid` cannot be verified; EXTERNAL_AUTH_CLAIMS=trusted would believe it unverified',
  invalid:
    'check EXTERNAL_AUTH_JWKS_PATH, EXTERNAL_AUTH_JWT_ALGORITHMS, EXTERNAL_AUTH_JWT_ISSUER and EXTERNAL_AUTH_JWT_AUDIENCE',
};
