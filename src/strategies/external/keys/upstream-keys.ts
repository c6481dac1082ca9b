import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { claimsOfJwt, isSignedJwt } from '../../../common/compact-jwt';
import { systemErrorCode } from '../../../common/system-error';
import type { KeySet } from './key-set';
import { PublishedKeys, type PublishedKeysOptions } from './published-keys';
import { headerOf, isUnverifiable, type TokenHeader } from './token-header';
import type { TokenOrigin, Verification, VerifiesTokens } from './token-verifier';

export interface UpstreamKeysOptions extends PublishedKeysOptions {
  /** The signatures that are accepted (`alg`, RFC 7518 section 3.1). */
  readonly algorithms: readonly string[];
  /** The `iss` that a token must have; any if absent. */
  readonly issuer?: string;
  /** The `aud` that a token must have or hold; any if absent. */
  readonly audience?: string;
}

type Refused = Extract<Verification, { kind: 'refused' }>;

const fromAnybody: TokenOrigin = { fromService: false };
const longestTokenBytes = 16 * 1024;
/** For `nbf` only: the service's clock may be a little ahead of ours. `exp` has no such grace, and `iat` decides nothing. */
const toleranceSeconds = 5;

/**
 * Verifies JWTs by the keys that the service publishes (RFC 7515 section 5.2, RFC 7519 section 7.2). Nothing in a token chooses how
 * it is verified but the `kid`: no key inside it or at an address in it counts, and `alg` must be on the operator's list.
 */
export class UpstreamKeys implements VerifiesTokens {
  private readonly published: PublishedKeys;

  constructor(private readonly options: UpstreamKeysOptions) {
    this.published = new PublishedKeys(options);
  }

  async verify(token: string, origin: TokenOrigin = fromAnybody): Promise<Verification> {
    if (token.length > longestTokenBytes) return invalid('it is longer than 16 KiB');
    const header = headerOf(token);
    if (!header) return { kind: 'unverifiable', detail: 'it is no JWT in compact form' };
    if (isUnverifiable(header)) {
      return { kind: 'unverifiable', detail: 'it is unsigned, or signed with a shared key' };
    }
    if (!this.options.algorithms.includes(header.algorithm)) {
      return invalid('EXTERNAL_AUTH_JWT_ALGORITHMS does not hold the algorithm of its signature');
    }
    if (!isSignedJwt(token)) return invalid('it has no signature, or is not spelled as base64url is');
    if (header.isCritical) return invalid('it demands an extension (`crit`) that is not known');
    if (header.keyId === undefined) return refused('no_key_id', 'it has no `kid`');
    const keys = await this.published.namedBy(header.keyId, origin);
    const verification = await this.verifyBy(keys, token, header);
    // The service may have a new key under the old `kid`.
    const renewed = isBadSignature(verification) && (await this.published.renewed(keys, origin));
    return renewed ? this.verifyBy(renewed, token, header) : verification;
  }

  private async verifyBy(keys: KeySet, token: string, { type }: TokenHeader): Promise<Verification> {
    try {
      const claims = await verifiedPayload(token, keys, this.checks());
      // Not before the signature: a stranger could make it cost many times as much.
      if (!claimsOfJwt(token)) return invalid('its claims can be read in two ways (RFC 7519 section 4)');
      return this.verdictOn(claims, type);
    } catch (error) {
      return refusalOf(error);
    }
  }

  private checks(): JWTVerifyOptions {
    const { algorithms, issuer, audience, clock } = this.options;
    return {
      algorithms: [...algorithms],
      issuer,
      audience,
      requiredClaims: ['exp'],
      currentDate: new Date(clock.nowMs()),
      clockTolerance: toleranceSeconds,
    };
  }

  private verdictOn(claims: JWTPayload, type: unknown): Verification {
    const { exp } = claims;
    // JSON can write a number that is infinite here, and such a token would never end.
    if (exp === undefined || !Number.isFinite(exp)) return invalid('its `exp` is no time');
    if (exp <= this.options.clock.nowSeconds()) return expired();
    return { kind: 'verified', type, claims, expiresAtSeconds: Math.floor(exp) };
  }
}

/** Several keys may share a `kid`: then each is tried (RFC 7517 section 4.5). */
async function verifiedPayload(token: string, keys: KeySet, checks: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys.resolve, checks)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return payloadByAnyOf(token, error, checks);
  }
}

async function payloadByAnyOf(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  checks: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, checks)).payload;
    } catch (error) {
      if (systemErrorCode(error)?.startsWith('ERR_JWT_')) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** Words of our own: jose's name parts of the token. Whatever else went wrong, the token is not verified. */
function refusalOf(error: unknown): Refused {
  switch (systemErrorCode(error)) {
    case 'ERR_JWT_EXPIRED':
      return expired();
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return invalid(claimFault(error));
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return invalid('the service publishes no key of its `kid` and `alg`');
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return invalid(badSignature);
    default:
      return invalid('it cannot be verified with the key that it names');
  }
}

const badSignature = 'its signature is not by the key that it names';

function isBadSignature(verification: Verification): boolean {
  return verification.kind === 'refused' && verification.detail === badSignature;
}

const claimFaults: Readonly<Record<string, string>> = {
  iss: 'its `iss` is not the issuer that is set',
  aud: 'its `aud` does not hold the audience that is set',
  exp: 'it has no `exp`, or one that is no time',
  nbf: 'its `nbf` has not come yet',
};

function claimFault(error: unknown): string {
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : '';
  return claimFaults[claim] ?? 'one of its claims cannot be accepted';
}

function expired(): Refused {
  return refused('expired', 'its `exp` has passed');
}

function invalid(detail: string): Refused {
  return refused('invalid', detail);
}

function refused(fault: Refused['fault'], detail: string): Refused {
  return { kind: 'refused', fault, detail };
}
