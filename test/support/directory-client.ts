import { jimBobTree } from '../servers/jim-bob';
import type { Slapd } from '../servers/slapd';
import { type Answer, Client, type JsonObject, objectOf } from './client';

type Headers = Readonly<Record<string, string>>;

/** A gateway that speaks PingDirectory over Jim Bob's tree and, as a second directory, the usual people of slapd. */
export function directoryVariables(slapd: Slapd): Record<string, string> {
  const { LDAP_BASE_DN: _, ...server } = slapd.variables;
  const second = Object.entries({ ...server, LDAP_BASE_DN: slapd.baseDn }).map(
    ([name, value]): [string, string] => [name.replace('LDAP_', 'LDAP_PEOPLE_'), value],
  );
  return {
    ...{ COMPAT: 'ping-directory', STRATEGIES: 'ldap,ldap.people' },
    ...{ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' },
    ...{ ...server, LDAP_BASE_DN: jimBobTree.baseDn },
    ...Object.fromEntries(second),
  };
}

/** Speaks the Directory REST API of PingDirectory. */
export class DirectoryClient extends Client {
  /** @param further members of the body besides the credentials */
  authenticate(credentials: JsonObject, further: JsonObject = {}, headers: Headers = {}): Promise<Answer> {
    const typed = { authenticationType: 'password', ...credentials };
    return this.post('authenticate', { credentials: typed, ...further }, headers);
  }

  post(path: string, body: unknown, headers: Headers = {}): Promise<Answer> {
    return this.request(`/directory/v1/${path}`, { method: 'POST', body, headers });
  }

  get(path: string, token: string): Promise<Answer> {
    return this.request(`/directory/v1/${path}`, { headers: bearer(token) });
  }

  changePassword(dn: string, body: unknown, token: string): Promise<Answer> {
    return this.post(`${encodeURIComponent(dn)}/changePassword`, body, bearer(token));
  }
}

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

/** The status of an answer with its result, such as `401 49 invalidCredentials`. */
export function resultOf({ status, body }: Answer): string {
  const { value, name } = objectOf(body['resultCode']);
  return `${status} ${String(value)} ${String(name)}`;
}

/** The values of an answer's controls by their OIDs; a control without a value has `undefined`. */
export function controlsOf({ body }: Answer): Record<string, unknown> {
  const controls: unknown = body['_controls'] ?? [];
  if (!Array.isArray(controls)) throw new Error('_controls is no list');
  return Object.fromEntries(
    controls.map(objectOf).map(({ oid, 'value-json': value }) => [String(oid), value]),
  );
}
