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
  /** In relay mode other settings mend what is wrong. */
  readonly isRelay: boolean;
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
    if (token === undefined || payload === undefined) return this.none('its access token is no JWT');
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
          fault: `its JWT was refused (${verification.detail}); ${this.hintOn(verification)}`,
        };
      case 'unverifiable':
        if (!this.options.isRelay) this.warnOnce(verification.detail, claimsDoNotCount);
        return this.none(verification.detail);
    }
  }

  /** In sign mode an opaque token is nothing to speak of; in relay mode nobody could do anything with it here. */
  private none(why: string): ClaimsReading {
    if (this.options.isRelay) this.warnOnce(why, noBearer);
    return { kind: 'none', why };
  }

  /** It is the same for every login, so it is said once. */
  private warnOnce(why: string, message: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.options.logger.warn({ strategy: this.options.strategy, why }, message);
  }

  private hintOn({ fault }: Refused): string {
    if (fault === 'expired') return 'check the clocks of both sides';
    const { isRelay } = this.options;
    if (fault === 'no_key_id') {
      const way = isRelay ? '' : '; EXTERNAL_AUTH_CLAIMS=trusted would believe it unverified';
      return `a JWT without \`kid\` cannot be verified${way}`;
    }
    const names = isRelay
      ? 'JWT_ISSUER and JWT_AUDIENCE'
      : 'EXTERNAL_AUTH_JWT_ISSUER and EXTERNAL_AUTH_JWT_AUDIENCE';
    return `check EXTERNAL_AUTH_JWKS_PATH, EXTERNAL_AUTH_JWT_ALGORITHMS, ${names}`;
  }
}

const claimsDoNotCount =
  'The service’s JWT is signed with a shared key or not at all, so its claims do not count; let EXTERNAL_AUTH_SUBJECT and the ' +
  'other pointers find the person elsewhere in the answer, or set EXTERNAL_AUTH_CLAIMS=trusted to believe them unverified';

const noBearer =
  'The access tokens of the service are handed through, but no public key can verify them, so every protected route here refuses them';

type Refused = Extract<Verification, { kind: 'refused' }>;
