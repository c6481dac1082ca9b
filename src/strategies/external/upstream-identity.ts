import { canonicalUsername, type Identity } from '../identity';
import { type JsonPointer, valueAt } from '../../common/json-pointer';
import { payloadOfJwt } from './jwt-payload';

/** Where an operator says that the answer holds what; undefined means the defaults below. */
export interface IdentityPointers {
  readonly subject?: JsonPointer;
  readonly username?: JsonPointer;
  readonly displayName?: JsonPointer;
  readonly email?: JsonPointer;
  readonly roles?: JsonPointer;
}

export interface AcceptedAnswer {
  readonly strategy: string;
  /** The name as the person typed it. */
  readonly typedName: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly pointers: IdentityPointers;
}

/** The person, or in plain words why the answer names nobody. The words repeat nothing of the answer. */
export type IdentityResult =
  { readonly found: true; readonly identity: Identity } | { readonly found: false; readonly fault: string };

/** .NET services write the id of a person under this claim or its short form `nameid`. */
const nameIdentifierClaim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier';
const longestText = 256;
const tokenPlaces = [['data', 'access_token'], ['data', 'token'], ['access_token'], ['token']];
const subjectPlaces = [
  ['claims', 'sub'],
  ['claims', 'nameid'],
  ['claims', nameIdentifierClaim],
];
const usernamePlaces = [
  ['claims', 'preferred_username'],
  ['claims', 'unique_name'],
  ['claims', 'usuario'],
];
const displayNamePlaces = [
  ['claims', 'name'],
  ['data', 'nombreCompleto'],
  ['data', 'nombre'],
];
const emailPlaces = [
  ['claims', 'email'],
  ['data', 'email'],
  ['data', 'correo'],
];
const rolePlaces = [
  ['claims', 'roles'],
  ['claims', 'role'],
];

/** The person whom an accepted login describes. */
export function identityOf({ strategy, typedName, body, pointers }: AcceptedAnswer): IdentityResult {
  const document = withClaims(body);
  const canonicalName = canonicalUsername(typedName);
  const subject = subjectOf(document, pointers.subject, canonicalName);
  if ('fault' in subject) return { found: false, fault: subject.fault };
  const username = textAt(document, places(pointers.username, usernamePlaces));
  const identity: Identity = {
    subject: `${strategy}:${subject.id}`,
    username: username === undefined ? canonicalName : canonicalUsername(username),
    displayName: textAt(document, places(pointers.displayName, displayNamePlaces)),
    email: textAt(document, places(pointers.email, emailPlaces)),
    groups: [],
    roles: textsAt(document, places(pointers.roles, rolePlaces)),
    attributes: {},
    strategy,
  };
  return { found: true, identity };
}

/**
 * The answer with the claims of its JWT under `claims`. The signature is not looked at: the token came straight from the
 * service over our own connection (compare OpenID Connect Core 1.0 section 3.1.3.7 point 6). Its signature is not verified yet.
 */
function withClaims(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const place of tokenPlaces) {
    const claims = payloadOfJwt(valueAt(body, place));
    if (claims) return { ...body, claims };
  }
  return body;
}

type Subject = { readonly id: string } | { readonly fault: string };

/** Never guesses: where the operator names a place, only that place counts. */
function subjectOf(document: unknown, pointer: JsonPointer | undefined, canonicalName: string): Subject {
  for (const place of places(pointer, subjectPlaces)) {
    const value = valueAt(document, place);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      // JSON.parse has rounded it already: two people could become one.
      return { fault: 'the id of the person is a number that cannot be told exactly' };
    }
    const id = textOf(value);
    if (id !== undefined) return bounded(id);
  }
  if (pointer) return { fault: 'the answer holds no id of the person where EXTERNAL_AUTH_SUBJECT points' };
  if (!holdsToken(document)) return { fault: noProof };
  return bounded(canonicalName);
}

/** A page that answers 200 to everything must not let anybody in. */
function holdsToken(document: unknown): boolean {
  return tokenPlaces.some((place) => textOf(valueAt(document, place)) !== undefined);
}

const noProof =
  'the answer is a success without an access token (`data.access_token`); for a service that gives none, ' +
  'EXTERNAL_AUTH_SUBJECT must say where it names the person';

function bounded(id: string): Subject {
  return id.length <= longestText
    ? { id }
    : { fault: `the id of the person is longer than ${longestText} characters` };
}

function places(pointer: JsonPointer | undefined, defaults: readonly JsonPointer[]): readonly JsonPointer[] {
  return pointer ? [pointer] : defaults;
}

function textAt(document: unknown, candidates: readonly JsonPointer[]): string | undefined {
  return candidates.map((place) => shortTextOf(valueAt(document, place))).find((text) => text !== undefined);
}

function textsAt(document: unknown, candidates: readonly JsonPointer[]): readonly string[] {
  const value = candidates.map((place) => valueAt(document, place)).find((found) => found !== undefined);
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(items.flatMap((item) => shortTextOf(item) ?? []))];
}

/** A text that is too long is left out: a cut name or address would be a wrong one. */
function shortTextOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= longestText ? text : undefined;
}

/** Services write ids as texts or as numbers. Blank texts say nothing. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
