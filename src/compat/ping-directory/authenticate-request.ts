import { longestPassword, longestUsername } from '../../auth/credential-fields';
import { type DistinguishedName, parseDn } from '../../common/distinguished-name';
import { isJsonObject } from '../../common/json-pointer';
import { attributeNames, longestAttribute, mostAttributes } from './attribute-names';
import { type JsonObject, malformed } from './json-control';
import { bodyObject, optionalText, requiredText } from './request-body';
import { type RequestControls, requestControls } from './request-controls';
import { RequestRefused } from './request-refused';

/** How a login names the person. */
export type PersonName = { readonly username: string } | { readonly dn: DistinguishedName };

export interface AuthenticateRequest {
  readonly person: PersonName;
  readonly password: string;
  /** Empty where the client wants no attributes. */
  readonly returnUserAttributes: readonly string[];
  readonly controls: RequestControls;
}

/** Characters of a DN as a client writes it; written anew it may be longer. */
const longestDn = 1024;
const longestType = 64;

/**
 * Reads the body of a login. Members that the API does not have are ignored.
 * @throws RequestRefused protocolError, authMethodNotSupported, invalidDNSyntax, adminLimitExceeded, unavailableCriticalExtension
 */
export function authenticateRequest(body: unknown): AuthenticateRequest {
  const { credentials, returnUserAttributes, _controls: controls } = bodyObject(body);
  if (!isJsonObject(credentials)) throw malformed('credentials must be a JSON object');
  demandPasswordType(credentials);
  return {
    person: personIn(credentials),
    password: requiredText(credentials, 'staticPassword', longestPassword),
    returnUserAttributes: returnUserAttributesIn(returnUserAttributes),
    controls: requestControls(controls),
  };
}

function demandPasswordType(credentials: JsonObject): void {
  if (requiredText(credentials, 'authenticationType', longestType) === 'password') return;
  throw new RequestRefused('authMethodNotSupported', 'the only authenticationType here is password');
}

function personIn(credentials: JsonObject): PersonName {
  const dn = optionalText(credentials, 'dn', longestDn);
  const username = optionalText(credentials, 'username', longestUsername);
  if (dn !== undefined && username === undefined) return { dn: readDn(dn) };
  if (username !== undefined && dn === undefined) return { username };
  throw malformed('credentials must hold either dn or username');
}

/** A DN that a client sent. @throws RequestRefused invalidDNSyntax */
export function readDn(text: string): DistinguishedName {
  const dn = text.length > longestDn ? undefined : parseDn(text);
  if (!dn) throw new RequestRefused('invalidDNSyntax', 'the DN cannot be read');
  return dn;
}

function returnUserAttributesIn(given: unknown): readonly string[] {
  if (given === undefined || given === null) return [];
  if (Array.isArray(given) && given.length > mostAttributes) {
    throw new RequestRefused(
      'adminLimitExceeded',
      `returnUserAttributes holds more than ${mostAttributes} names`,
    );
  }
  const names = attributeNames(given);
  if (names) return names;
  throw malformed(`returnUserAttributes must be texts of at most ${longestAttribute} characters`);
}
