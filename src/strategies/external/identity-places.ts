import { type JsonPointer, valueAt } from '../../common/json-pointer';
import type { ExternalSettings } from '../../config/external-settings';
import { longestText, textOf } from './answer-text';

/** Where an operator says that the answer holds what; undefined means the usual places. */
export interface IdentityPointers {
  readonly subject?: JsonPointer;
  readonly username?: readonly JsonPointer[];
  readonly displayName?: readonly JsonPointer[];
  readonly givenName?: readonly JsonPointer[];
  readonly familyName?: readonly JsonPointer[];
  readonly email?: readonly JsonPointer[];
  readonly roles?: readonly JsonPointer[];
}

/** .NET services write the id of a person under this claim or its short form `nameid`. */
const nameIdentifierClaim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier';

/** The places where services usually say it, by what is looked for. */
const usualPlaces: Readonly<Record<keyof IdentityPointers, readonly JsonPointer[]>> = {
  subject: [
    ['claims', 'sub'],
    ['claims', 'nameid'],
    ['claims', nameIdentifierClaim],
  ],
  username: [
    ['claims', 'preferred_username'],
    ['claims', 'unique_name'],
    ['claims', 'usuario'],
  ],
  displayName: [
    ['claims', 'name'],
    ['data', 'nombreCompleto'],
    ['data', 'nombre'],
  ],
  givenName: [['claims', 'given_name']],
  familyName: [['claims', 'family_name']],
  email: [
    ['claims', 'email'],
    ['data', 'email'],
    ['data', 'correo'],
  ],
  roles: [
    ['claims', 'roles'],
    ['claims', 'role'],
  ],
};

/** The pointers that the settings make. */
export function pointersOf(settings: ExternalSettings): IdentityPointers {
  return {
    subject: settings.EXTERNAL_AUTH_SUBJECT,
    username: settings.EXTERNAL_AUTH_USERNAME,
    displayName: settings.EXTERNAL_AUTH_DISPLAY_NAME,
    givenName: settings.EXTERNAL_AUTH_GIVEN_NAME,
    familyName: settings.EXTERNAL_AUTH_FAMILY_NAME,
    email: settings.EXTERNAL_AUTH_EMAIL,
    roles: settings.EXTERNAL_AUTH_ROLES,
  };
}

/** Where the operator says that something is. The id of a person has one place only: it must never be another. */
export function givenPlaces(
  what: keyof IdentityPointers,
  { subject, ...others }: IdentityPointers,
): readonly JsonPointer[] | undefined {
  if (what === 'subject') return subject && [subject];
  return others[what];
}

/** Where to look for something: only where the operator says, if they do. */
export function placesOf(what: keyof IdentityPointers, pointers: IdentityPointers): readonly JsonPointer[] {
  return givenPlaces(what, pointers) ?? usualPlaces[what];
}

/** Whether a pointer reaches the claims of the JWT. */
export function isIntoClaims(pointer: JsonPointer): boolean {
  return pointer[0] === 'claims';
}

/** Whether any part of a person may come from claims. */
export function usesClaims(pointers: IdentityPointers): boolean {
  return everything.some((what) => placesOf(what, pointers).some(isIntoClaims));
}

/** The pointers as they hold for claims alone: what the operator looks for elsewhere is looked for in the usual places. */
export function claimPointers({ subject, ...others }: IdentityPointers): IdentityPointers {
  const found = Object.entries(others).map(([what, places]) => [what, places?.filter(isIntoClaims)] as const);
  const inClaims = Object.fromEntries(found.filter(([, places]) => places && places.length > 0));
  return { ...inClaims, ...(subject && isIntoClaims(subject) && { subject }) };
}

const everything = [
  'subject',
  'username',
  'displayName',
  'givenName',
  'familyName',
  'email',
  'roles',
] as const satisfies readonly (keyof IdentityPointers)[];

/** The id of a person, why it cannot be used, or undefined when there is none. */
export type SubjectReading = { readonly id: string } | { readonly fault: string } | undefined;

/** Never guesses: where the operator names a place, only that place counts. */
export function subjectIn(document: unknown, pointers: IdentityPointers): SubjectReading {
  for (const place of placesOf('subject', pointers)) {
    const value = valueAt(document, place);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      // JSON.parse has rounded it already: two people could become one.
      return { fault: 'the id of the person is a number that cannot be told exactly' };
    }
    const id = textOf(value);
    if (id !== undefined) return boundedSubject(id);
  }
  return undefined;
}

export function boundedSubject(id: string): Exclude<SubjectReading, undefined> {
  return id.length <= longestText
    ? { id }
    : { fault: `the id of the person is longer than ${longestText} characters` };
}
