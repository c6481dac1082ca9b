import { longestUsername } from '../../auth/credential-fields';
import { GatehouseError } from '../../common/gatehouse-error';
import { type GenAuthConnection, genAuthConnections } from '../../config/genauth-settings';
import { bodyObject, faults, faulty, objectMember, textMember } from './request-body';
import { readOptions, type SignInOptions } from './signin-options';

/** A sign-in as a client asked for it. */
export interface SignInRequest {
  readonly connection: GenAuthConnection;
  readonly username: string;
  /** As it came, encrypted or not. */
  readonly password: string;
  readonly options: SignInOptions;
}

/** Where the credentials of each connection stand, and under which names a person may be given, the first one first. */
const payloads: Readonly<
  Record<GenAuthConnection, { readonly member: string; readonly names: readonly string[] }>
> = {
  LDAP: { member: 'ldapPayload', names: ['sAMAccountName'] },
  AD: { member: 'adPayload', names: ['sAMAccountName'] },
  PASSWORD: { member: 'passwordPayload', names: ['account', 'username', 'email', 'phone'] },
};

/** Characters of a password as it came; the longest ciphertext is shorter. */
const longestSentPassword = 8192;
const longestConnection = 64;

/** Reads the body of `/api/v3/signin`. @throws GatehouseError VALIDATION_ERROR that names the member */
export function readSignIn(body: unknown): SignInRequest {
  const members = bodyObject(body);
  const connection = readConnection(members);
  const { member, names } = payloads[connection];
  const payload = objectMember(members, member);
  if (!payload) throw faulty(member, faults.required);
  const text = (name: string, longest: number) =>
    textMember({ from: payload, name, within: member }, longest);
  const given = names.map((name) => text(name, longestUsername));
  const username = given.find((name) => name !== undefined && name.trim() !== '');
  if (username === undefined) throw faulty(`${member}.${names[0] ?? ''}`, faults.required);
  const password = text('password', longestSentPassword);
  if (password === undefined) throw faulty(`${member}.password`, faults.required);
  return { connection, username, password, options: readOptions(objectMember(members, 'options') ?? {}) };
}

function readConnection(members: Readonly<Record<string, unknown>>): GenAuthConnection {
  const value = textMember({ from: members, name: 'connection' }, longestConnection);
  if (value === undefined) throw faulty('connection', faults.required);
  const known = genAuthConnections.find((connection) => connection === value);
  if (known) return known;
  // A one-time code is the other connection that clients have a method for.
  const text = {
    es: 'Esta conexión no se admite aquí; use PASSWORD, LDAP o AD',
    en: 'This connection is not supported here; use PASSWORD, LDAP or AD',
  };
  throw new GatehouseError('VALIDATION_ERROR', { text, detail: 'an unsupported connection' });
}
