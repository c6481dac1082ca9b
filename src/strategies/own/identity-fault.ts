import { canonicalUsername, type Identity, reservedClaims } from '../identity';

/** OpenID Connect Core section 2 bounds `sub` so; names are as long here as people can type. */
const longestNames = 255;
/** As JSON. A session holds it, and each refresh writes it again. */
const longestIdentity = 64 * 1024;
/** Control characters, and halves of characters, which no store can keep apart. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/**
 * What makes an identity unusable, in words without any of its values; undefined for a good one. A subject of another source would be
 * somebody else's account.
 */
export function identityFault(strategy: string, identity: Identity): string | undefined {
  const { subject, username, claims = {} } = identity;
  if (identity.strategy !== strategy) return 'the strategy of an identity is not the one that gave it';
  const fault = subjectFault(strategy, subject);
  if (fault !== undefined) return fault;
  if (isNoName(username) || canonicalUsername(username) === '') return 'a username is none';
  if (Object.keys(claims).some((claim) => reservedClaims.has(claim))) return 'a claim has a reserved name';
  if (JSON.stringify(identity).length > longestIdentity) return 'an identity is longer than 64 KiB';
  return undefined;
}

/** The same for a subject alone. */
export function subjectFault(strategy: string, subject: string): string | undefined {
  const prefix = `${strategy}:`;
  if (!subject.startsWith(prefix) || subject === prefix) return 'a subject is not NAME:ID';
  return isNoName(subject) ? 'a subject is too long, or holds control characters' : undefined;
}

function isNoName(text: string): boolean {
  return text.length > longestNames || unprintable.test(text);
}
