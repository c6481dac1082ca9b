import { valueAt } from '../../common/json-pointer';
import { canonicalUsername, type Identity } from '../identity';
import { textAt, textsAt } from './answer-text';
import { givenPlaces, type IdentityPointers, isIntoClaims, placesOf, subjectIn } from './identity-places';
import { type AnswerRules, oddSuccess, readBody, statusFault, successIn } from './login-answer';
import { isSuccess, type UpstreamAnswer } from './upstream/upstream-call';

/** What the service's answer about a person means. No text repeats any part of it. */
export type ProfileReading =
  | { readonly kind: 'current'; readonly identity: Identity }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unusable'; readonly fault: string };

export interface ProfileRules {
  /** EXTERNAL_AUTH_PROFILE_PATH, with its placeholders. */
  readonly path: string;
  readonly answer: AnswerRules;
  readonly pointers: IdentityPointers;
}

/**
 * Reads the answer about somebody who logged in before. Only a clear no ends a session: a wrong credential of our own (401, 403)
 * or a wrong setting must log nobody out.
 */
export function readProfile(answer: UpstreamAnswer, known: Identity, rules: ProfileRules): ProfileReading {
  const { status } = answer;
  if (status === 404 || status === 410) return gone;
  if (!isSuccess(status)) return unusable(statusFault(status));
  const reading = readBody(answer, rules.answer);
  if ('fault' in reading) return unusable(reading.fault);
  const success = successIn(reading.body, rules.answer);
  if (success === 'no') return gone;
  if (success === 'odd') return unusable(oddSuccess(rules.answer));
  // What a JWT says as claims, a profile says as its own fields, as OpenID Connect's userinfo does (Core 1.0 section 5.3.2).
  return personIn({ ...reading.body, claims: reading.body }, known, rules);
}

function personIn(document: unknown, known: Identity, { path, pointers }: ProfileRules): ProfileReading {
  const subject = subjectIn(document, pointers);
  // Without an id in it, the answer is about the right person only where the call named that id.
  if (subject === undefined && !path.includes('{subject}')) return unusable(namesNobody);
  if (subject && 'fault' in subject) return unusable(subject.fault);
  if (subject && `${known.strategy}:${subject.id}` !== known.subject) return gone;
  return { kind: 'current', identity: renewed(document, known, pointers) };
}

/** A profile need not hold what the JWT said, nor what nobody pointed at: then the login's word stays. */
function renewed(document: unknown, known: Identity, pointers: IdentityPointers): Identity {
  const text = (what: TextField): string | undefined => {
    const found = textAt(document, placesOf(what, pointers));
    return found ?? (isExpected(what, pointers) ? undefined : known[what]);
  };
  return {
    ...known,
    username: canonicalUsername(text('username') ?? known.username),
    displayName: text('displayName'),
    givenName: text('givenName'),
    familyName: text('familyName'),
    email: text('email'),
    roles: rolesIn(document, pointers) ?? known.roles,
  };
}

/** An empty list takes all roles away; only where nothing is said of them do they stay. */
function rolesIn(document: unknown, pointers: IdentityPointers): readonly string[] | undefined {
  const places = placesOf('roles', pointers);
  const isSaid = places.some((place) => valueAt(document, place) !== undefined);
  return isSaid || isExpected('roles', pointers) ? textsAt(document, places) : undefined;
}

type TextField = 'username' | 'displayName' | 'givenName' | 'familyName' | 'email';

/** Whether the operator says that the profile holds it. */
function isExpected(what: keyof IdentityPointers, pointers: IdentityPointers): boolean {
  return givenPlaces(what, pointers)?.some((place) => !isIntoClaims(place)) ?? false;
}

const gone: ProfileReading = { kind: 'gone' };
const namesNobody =
  'its answer does not say whose profile it is: EXTERNAL_AUTH_SUBJECT must point at the id in it, or ' +
  'EXTERNAL_AUTH_PROFILE_PATH must hold {subject}';

function unusable(fault: string): ProfileReading {
  return { kind: 'unusable', fault };
}
