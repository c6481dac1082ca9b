import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { ApiError } from './api-error.ts';

/** Who calls, as the access token says. */
export interface Caller {
  /** Stable id of the person. Keep this one, not the name. */
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/** What the token must be for and from whom. */
export interface AccessSettings {
  /** Address of the gateway, whose published keys verify the tokens. */
  readonly gatewayUrl: string;
  /** `JWT_ISSUER` of the gateway, to the letter. */
  readonly issuer: string;
  /** `JWT_AUDIENCE` of the gateway. */
  readonly audience: string;
}

/** What is wrong with the token itself. Everything else means that the keys could not be read. */
const tokenFaults = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
];

/** Verifies access tokens (RFC 9068 section 4) by the gateway's key set, without asking the gateway about each request. */
export class AccessCheck {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #rules: JWTVerifyOptions;

  constructor({ gatewayUrl, issuer, audience }: AccessSettings) {
    this.#keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gatewayUrl), { cacheMaxAge: 300_000 });
    this.#rules = {
      ...{ issuer, audience, typ: 'at+jwt', algorithms: ['ES256'] },
      requiredClaims: ['sub', 'sid', 'exp', 'auth_time'],
    };
  }

  /**
   * @param authorization the `Authorization` header
   * @throws ApiError 401 when the token is missing or no good, 503 when the keys cannot be read
   */
  async callerOf(authorization = ''): Promise<Caller> {
    const [, token] = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization) ?? [];
    if (token === undefined) throw new ApiError(401, 'An access token is missing.');
    try {
      const { payload } = await jwtVerify(token, this.#keys, this.#rules);
      return callerFrom(payload);
    } catch (error) {
      const isRefused = tokenFaults.some((fault) => error instanceof fault);
      if (isRefused) throw new ApiError(401, 'The access token is not good, or not any more.');
      throw new ApiError(503, 'The keys of the gateway cannot be read at the moment.', { cause: error });
    }
  }
}

/** @throws ApiError 403 when the caller lacks the role */
export function demandRole({ roles }: Caller, role: string): void {
  if (!roles.includes(role)) throw new ApiError(403, `This takes the role ${role}.`);
}

function callerFrom({ sub = '', name, preferred_username, roles }: JWTPayload): Caller {
  const texts = [name, preferred_username].filter((text) => typeof text === 'string');
  const isText = (role: unknown) => typeof role === 'string';
  return { subject: sub, name: texts[0] ?? sub, roles: Array.isArray(roles) ? roles.filter(isText) : [] };
}
