import { attributeNames, mostAttributes } from './attribute-names';
import { oids } from './control-oids';
import { type JsonControl, jsonControls, malformed } from './json-control';
import { RequestRefused } from './request-refused';

/** What the controls of a login ask for. */
export interface RequestControls {
  readonly passwordPolicy: boolean;
  readonly authorizationIdentity: boolean;
  readonly accountUsable: boolean;
  readonly stateIssues: boolean;
  readonly authorizationEntry?: AuthorizationEntryRequest;
}

export interface AuthorizationEntryRequest {
  readonly includesAuthenticationEntry: boolean;
  readonly includesAuthorizationEntry: boolean;
  /** As in `returnUserAttributes`; none asked for means `*`. */
  readonly attributes: readonly string[];
}

const withoutValue: ReadonlyMap<string, keyof Omit<RequestControls, 'authorizationEntry'>> = new Map([
  [oids.passwordPolicy, 'passwordPolicy'],
  [oids.authorizationIdentityRequest, 'authorizationIdentity'],
  [oids.accountUsable, 'accountUsable'],
  [oids.stateIssuesRequest, 'stateIssues'],
]);

/**
 * Reads the `_controls` of a login. What is unknown, or known with a value in BER, is ignored unless it is critical (RFC 4511
 * section 4.1.11).
 * @throws RequestRefused unavailableCriticalExtension for a critical one; protocolError or adminLimitExceeded for a malformed list
 */
export function requestControls(given: unknown): RequestControls {
  const controls = jsonControls(given);
  const asked = new Set(controls.map(flagOf));
  const entry = controls.find(({ oid }) => oid === oids.authorizationEntry);
  const authorizationEntry = entry && authorizationEntryRequest(entry);
  return {
    passwordPolicy: asked.has('passwordPolicy'),
    authorizationIdentity: asked.has('authorizationIdentity'),
    accountUsable: asked.has('accountUsable'),
    stateIssues: asked.has('stateIssues'),
    ...(authorizationEntry && { authorizationEntry }),
  };
}

/**
 * Reads the `_controls` of a password change, which knows that of the password policy alone.
 * @throws RequestRefused as `requestControls`
 */
export function passwordChangeControls(given: unknown): RequestControls {
  const isPolicy = ({ oid }: JsonControl) => oid === oids.passwordPolicy;
  const controls = jsonControls(given);
  for (const control of controls) {
    if (!isPolicy(control)) ignored(control, `the control ${control.oid} means nothing for this request`);
  }
  return requestControls(controls.filter(isPolicy));
}

function flagOf(control: JsonControl): string | undefined {
  const { oid } = control;
  if (oid === oids.authorizationEntry) return undefined;
  const flag = withoutValue.get(oid);
  if (flag === undefined) return ignored(control, `the control ${oid} is not known here`);
  if (control['value-json'] !== undefined || control['value-base64'] !== undefined) {
    throw malformed(`the control ${oid} has no value`);
  }
  return flag;
}

function authorizationEntryRequest(control: JsonControl): AuthorizationEntryRequest | undefined {
  const { oid, 'value-json': value = {}, 'value-base64': ber } = control;
  if (ber !== undefined) return ignored(control, `the control ${oid} is read with a value-json only`);
  return {
    // Both are true where they are not given, as in the BER form.
    includesAuthenticationEntry: flagIn(oid, value['include-authentication-entry']),
    includesAuthorizationEntry: flagIn(oid, value['include-authorization-entry']),
    attributes: attributesIn(oid, value['attributes']),
  };
}

function flagIn(oid: string, given: unknown): boolean {
  if (given === undefined) return true;
  if (typeof given === 'boolean') return given;
  throw malformed(`the control ${oid} has a value that is not true or false where it must be`);
}

function attributesIn(oid: string, given: unknown): readonly string[] {
  if (given === undefined) return ['*'];
  const names = attributeNames(given);
  if (!names) {
    throw malformed(`the attributes of the control ${oid} must be at most ${mostAttributes} short texts`);
  }
  return names.length === 0 ? ['*'] : names;
}

/** @throws RequestRefused when the client cannot do without it */
function ignored({ criticality }: JsonControl, why: string): undefined {
  if (criticality) throw new RequestRefused('unavailableCriticalExtension', why);
  return undefined;
}
