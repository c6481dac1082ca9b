import { randomUUID, type JsonWebKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { isRelay } from '../config/check-external';
import { issuerOf } from '../config/issuer';
import { Settings } from '../config/settings';
import type { Identity } from '../strategies/identity';
import { type AccessTokenClaims, KnownMemberships, parseAccessTokenClaims } from './access-token-claims';
import { idTokenClaims, type IdTokenHint, idTokenHint, type IdTokenRequest } from './id-token';
import { signedJwt } from './jwt-signature';
import {
  invalidToken,
  longestTokenCharacters,
  type OwnHeader,
  readOwnClaims,
  readOwnHeader,
} from './own-jwt';
import { scopedPersonClaims } from './scoped-claims';
import type { VerifyingKey } from './signing-key';
import { SigningKeys } from './signing-keys';
import { VerifiedTokens } from './verified-tokens';

/** Who the token is for, and the session that it belongs to. */
export interface AccessTokenRequest {
  readonly identity: Identity;
  readonly sessionId: string;
  readonly authenticatedAtSeconds: number;
  readonly identityIsStale: boolean;
  /** No token outlives the last moment of its session. */
  readonly sessionEndsAtSeconds: number;
  /** The client that the token is for, where it is not the native API. */
  readonly grant?: TokenGrant;
}

/** For whom a token is, and what it may be used for (RFC 6749 section 3.3). */
export interface TokenGrant {
  readonly clientId: string;
  readonly scope: readonly string[];
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** RFC 9068 section 2.1. */
const tokenType = 'at+jwt';
const idTokenType = 'JWT';
/** For `iat` and `nbf`: the clocks of gateways side by side differ. `exp` has no such grace. */
const toleranceSeconds = 30;
/** How we name our keys: an RFC 7638 thumbprint by SHA-256. */
const ownKeyId = /^[A-Za-z0-9_-]{43}$/;

/** A token names a key that this process does not know, but whose name could be ours: another process may just have made it. */
export class UnknownSigningKey extends GatehouseError {
  override readonly name = 'UnknownSigningKey';

  constructor(readonly keyId: string) {
    super('INVALID_TOKEN', { detail: 'kid is unknown' });
  }
}

/** Signs access tokens and verifies them. */
@Injectable()
export class TokenService {
  private readonly issuer: string;
  private readonly audience: string;
  private readonly verified = new VerifiedTokens();
  private readonly memberships: KnownMemberships;

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {
    this.issuer = issuerOf(settings);
    this.audience = settings.JWT_AUDIENCE ?? 'gatehouse';
    this.memberships = new KnownMemberships(settings.ACCESS_TOKEN_GROUPS_MAX_BYTES);
  }

  /** For whoever is about to do what a token must follow. @throws StoreUnavailable when no key has ever been read */
  demandSigningKey(): void {
    this.keys.current();
  }

  /** Signs with the current key. @throws StoreUnavailable when no key has ever been read. */
  issueAccessToken(request: AccessTokenRequest): AccessToken {
    const payload = this.claimsFor(request);
    const token = signedJwt(this.keys.current(), tokenType, payload);
    return { token, expiresInSeconds: payload.exp - payload.iat };
  }

  /**
   * The ID token that goes with an access token (OpenID Connect Core 1.0 section 2), signed by the current key. Undefined with HS256:
   * its key would have to be the client's secret (section 10.1), of which we keep the hash alone.
   */
  issueIdToken({ grant, ...request }: IdTokenRequest): string | undefined {
    const key = this.keys.current();
    if (key.keyId === undefined) return undefined;
    const maxMembershipBytes = this.settings.ACCESS_TOKEN_GROUPS_MAX_BYTES;
    const terms = { issuer: this.issuer, algorithm: key.algorithm, maxMembershipBytes };
    const payload = idTokenClaims({ ...request, grant, ...terms });
    return signedJwt(key, idTokenType, payload);
  }

  /**
   * @throws GatehouseError TOKEN_EXPIRED for a token of ours that has ended, INVALID_TOKEN for anything else (UnknownSigningKey
   * where `verifyOnceMore` may help); StoreUnavailable when no key has ever been read.
   */
  verifyAccessToken(token: string): AccessTokenClaims {
    const claims = this.accessTokenClaims(token);
    if (claims.exp <= this.clock.nowSeconds()) throw new GatehouseError('TOKEN_EXPIRED');
    return claims;
  }

  /** What an access token of ours says, also one that has expired; undefined for any other text. @throws as `readIdToken` */
  readAccessToken(token: string): Promise<AccessTokenClaims | undefined> {
    return this.readTwice(() => this.accessTokenClaims(token));
  }

  /** The times of a token are looked at each time; of what does not change, the answer is remembered. */
  private accessTokenClaims(token: string): AccessTokenClaims {
    const claims = this.knownClaims(token) ?? this.verifiedClaims(token);
    if (claims.iat > this.clock.nowSeconds() + toleranceSeconds) throw invalidToken('iat is to come');
    return claims;
  }

  /** A key that was retired since verifies nothing any more, and one that was read anew has to verify again. */
  private knownClaims(token: string): AccessTokenClaims | undefined {
    if (token.length > longestTokenCharacters) return undefined;
    const known = this.verified.find(token);
    return known && this.keys.find(known.key.keyId) === known.key ? known.claims : undefined;
  }

  private verifiedClaims(token: string): AccessTokenClaims {
    const header = readOwnHeader(token);
    // RFC 9068 section 4: any other type is another kind of token.
    if (header.typ !== tokenType && header.typ !== `application/${tokenType}`) {
      throw invalidToken('typ is not at+jwt');
    }
    const key = this.verifySignature(token, header, this.audience);
    const claims = parseAccessTokenClaims(readOwnClaims(token));
    if (!claims) throw invalidToken('a claim is missing, or of another type');
    // Ours have no `nbf`; whether one has come would have to be asked each time.
    if (!('nbf' in claims)) this.verified.keep(token, { claims, key });
    return claims;
  }

  /** Looks for the key that was unknown, and verifies again. Rejects as `verifyAccessToken` throws. */
  async verifyOnceMore(token: string, { keyId }: UnknownSigningKey): Promise<AccessTokenClaims> {
    await this.keys.lookFor(keyId);
    return this.verifyAccessToken(token);
  }

  /**
   * What an ID token of ours says, also one that has expired (OpenID Connect RP-Initiated Logout 1.0 section 4); undefined for any
   * other text. @throws StoreUnavailable when no key has ever been read.
   */
  readIdToken(token: string): Promise<IdTokenHint | undefined> {
    return this.readTwice(() => this.idTokenHint(token));
  }

  /** The second time after a look for the key, where it was unknown. */
  private async readTwice<T>(read: () => T | undefined): Promise<T | undefined> {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UnknownSigningKey)) return undefinedIfInvalid(error);
      await this.keys.lookFor(error.keyId);
    }
    try {
      return read();
    } catch (error) {
      return undefinedIfInvalid(error);
    }
  }

  /**
   * The public keys that verify our tokens (RFC 7517 section 5). Empty with HS256, whose key is no public one, and in relay mode,
   * where we sign nothing: who trusted this key would take a token that nobody here accepts.
   */
  async publicKeys(): Promise<readonly JsonWebKey[]> {
    if (isRelay(this.settings)) return [];
    await this.keys.refresh();
    return this.keys.published();
  }

  private claimsFor(request: AccessTokenRequest): AccessTokenClaims {
    const nowSeconds = this.clock.nowSeconds();
    return {
      iss: this.issuer,
      aud: this.audience,
      sub: request.identity.subject,
      client_id: request.grant?.clientId ?? this.settings.JWT_CLIENT_ID,
      ...(request.grant && request.grant.scope.length > 0 && { scope: request.grant.scope.join(' ') }),
      iat: nowSeconds,
      exp: Math.min(nowSeconds + this.settings.ACCESS_TOKEN_TTL_SECONDS, request.sessionEndsAtSeconds),
      jti: randomUUID(),
      sid: request.sessionId,
      auth_time: request.authenticatedAtSeconds,
      ...scopedPersonClaims(request.identity, request.grant?.scope),
      ...this.memberships.of(request.identity),
      ...(request.identityIsStale && { identity_stale: true as const }),
    };
  }

  private idTokenHint(token: string): IdTokenHint | undefined {
    const header = readOwnHeader(token);
    // An access token is none, whatever else it says.
    if (header.typ !== idTokenType.toLowerCase()) return undefined;
    this.verifySignature(token, header);
    return idTokenHint(readOwnClaims(token));
  }

  /** By the key that the token names, and for our issuer. Without an audience any will do. */
  private verifySignature(token: string, header: OwnHeader, audience?: string): VerifyingKey {
    const key = this.keyOf(header.kid);
    const { algorithm, jwt } = key;
    // The key says how it is used (RFC 8725 section 3.1); a token that says something else is not by us.
    if (header.alg !== algorithm) throw invalidToken('alg is not that of the key');
    try {
      jwt.verify(token, {
        algorithms: [algorithm],
        issuer: this.issuer,
        ...(audience !== undefined && { audience }),
        // The end is checked with the other claims, so that an expired token is told from a forged one for sure.
        ignoreExpiration: true,
        clockTimestamp: this.clock.nowSeconds(),
        clockTolerance: toleranceSeconds,
      });
    } catch (cause) {
      throw invalidToken('signature, issuer, audience or nbf do not fit', cause);
    }
    return key;
  }

  /** The key that a token names, while that is still a stranger's word. */
  private keyOf(keyId: string | undefined): VerifyingKey {
    const key = this.keys.find(keyId);
    if (key) return key;
    if (keyId !== undefined && ownKeyId.test(keyId)) throw new UnknownSigningKey(keyId);
    throw invalidToken('kid is missing or none of ours');
  }
}

function undefinedIfInvalid(error: unknown): undefined {
  if (error instanceof GatehouseError && error.code === 'INVALID_TOKEN') return undefined;
  throw error;
}
