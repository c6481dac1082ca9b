import { signingAlgorithm } from '../config/check-keys';
import type { Settings } from '../config/settings';
import type { Identity } from '../strategies/identity';
import type { Finding } from '../strategies/doctor-step';
import { membershipClaims, personClaims } from '../tokens/access-token-claims';

export type DryClaims = Readonly<Record<string, unknown>>;

/** RFC 7518 sections 3.2 to 3.5; RSA with keys of 2048 bits. */
const signatureBytes = { ES256: 64, ES384: 96, HS256: 32, RS256: 256, RS512: 256, PS256: 256 } as const;
/** The usual limit for one line of a header: nginx `large_client_header_buffers`, Apache `LimitRequestFieldSize`. */
const usualHeaderLimitBytes = 8 * 1024;
/** Room for the other headers of a request, where the limit is for all of them. */
const comfortableBytes = 4 * 1024;
/** Ids and times have the same length in every token. */
const anyId = '00000000-0000-0000-0000-000000000000';
const anyTime = 1_700_000_000;

/** What of a token depends on the person. */
export function dryClaims(identity: Identity, settings: Settings): DryClaims {
  const claims = {
    sub: identity.subject,
    ...personClaims(identity),
    ...membershipClaims(identity, settings.ACCESS_TOKEN_GROUPS_MAX_BYTES),
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/** How large an access token with these claims is, and whether it fits into headers. */
export function judgeTokenSize(claims: DryClaims, settings: Settings): Finding {
  const bytes = tokenBytes(claims, settings);
  const omitted = claims['claims_omitted'];
  if (Array.isArray(omitted)) {
    const detail = `${bytes} bytes; left out, because they do not fit: ${omitted.join(', ')}`;
    return { status: 'warn', detail, setting: 'ACCESS_TOKEN_GROUPS_MAX_BYTES' };
  }
  const limit = `of ${usualHeaderLimitBytes} that a header may usually have`;
  if (bytes <= comfortableBytes) return { status: 'ok', detail: `${bytes} bytes ${limit}` };
  const advice =
    bytes > usualHeaderLimitBytes ? 'proxies will refuse it' : 'proxies with lower limits may refuse it';
  return {
    status: 'warn',
    detail: `${bytes} bytes ${limit}: ${advice}`,
    setting: 'ACCESS_TOKEN_GROUPS_MAX_BYTES',
  };
}

function tokenBytes(claims: DryClaims, settings: Settings): number {
  const algorithm = signingAlgorithm(settings);
  const header = { alg: algorithm, typ: 'at+jwt', kid: 'k'.repeat(43) };
  const registered = {
    iss: settings.JWT_ISSUER ?? `http://localhost:${settings.PORT}`,
    aud: settings.JWT_AUDIENCE,
    client_id: settings.JWT_CLIENT_ID,
    ...{ iat: anyTime, exp: anyTime, auth_time: anyTime, jti: anyId, sid: anyId },
  };
  const parts = [header, { ...registered, ...claims }].map((part) => Buffer.byteLength(JSON.stringify(part)));
  const lengths = [...parts, signatureBytes[algorithm]].map((length) => Math.ceil((length * 4) / 3));
  return lengths.reduce((sum, length) => sum + length, 2);
}
