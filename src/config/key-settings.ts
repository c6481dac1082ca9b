import { choice, integer, secret } from './setting';

const dayInSeconds = 24 * 60 * 60;

/** An access token never lives longer, in seconds, whatever ACCESS_TOKEN_TTL_SECONDS says. */
export const longestAccessTokenSeconds = dayInSeconds;

/** How long anybody may keep the answer of `/.well-known/jwks.json`, in seconds (its `Cache-Control`). */
export const jwksMaxAgeSeconds = 300;

/**
 * A key that has been published for so long, in seconds, is known to everybody who honours `Cache-Control`; the rest is for the
 * processes that share the store, which learn of a new key within seconds, and for clocks that differ.
 */
export const leastLeadSeconds = jwksMaxAgeSeconds + 60;

/** The keys that sign access tokens: which, how long, and how they are kept. */
export const keySettings = {
  JWT_ALGORITHM: choice({
    of: ['ES256', 'ES384', 'RS256', 'RS512', 'PS256', 'HS256'],
    meaning:
      'Signature of access tokens; if absent, HS256 when JWT_SECRET is set, else ES256. After a change, the next key is of the new ' +
      'algorithm, and no token is refused; only to and from HS256 there is no such transition.',
  }),
  JWT_SECRET: secret({ meaning: 'Shared key for HS256, at least 32 bytes (RFC 7518 section 3.2).' }),
  SIGNING_KEY_MAX_AGE_SECONDS: integer({
    default: 30 * dayInSeconds,
    min: leastLeadSeconds,
    max: 3650 * dayInSeconds,
    unit: 's',
    meaning: 'How long a key signs access tokens before the next one takes its place.',
  }),
  SIGNING_KEY_LEAD_SECONDS: integer({
    default: dayInSeconds,
    min: leastLeadSeconds,
    max: 365 * dayInSeconds,
    unit: 's',
    meaning:
      'How long the next key stands in `/.well-known/jwks.json` before it signs, so that nobody who caches the answer meets an unknown key.',
  }),
  KEY_ENCRYPTION_KEY: secret({
    meaning:
      'Seals the signing keys in the store (AES-256-GCM), and with COMPAT=genauth the keys that clients encrypt passwords with: 32 bytes in ' +
      'base64 (`openssl rand -base64 32`), or a passphrase of at least 32 bytes. If absent, whoever can read the store can sign tokens, ' +
      'and read those passwords.',
  }),
  KEY_ENCRYPTION_KEY_PREVIOUS: secret({
    meaning:
      'While KEY_ENCRYPTION_KEY is being changed: the one before. It opens these keys until `npm run cli -- keys reseal` has sealed ' +
      'them with KEY_ENCRYPTION_KEY (docs/keys.md).',
  }),
};
