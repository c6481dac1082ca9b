import { longestPassword, longestUsername } from '../../auth/credential-fields';
import { GatehouseError } from '../../common/gatehouse-error';
import type { Credentials } from '../../strategies/credential-strategy';

/**
 * The name and the password of a login. The body is read as JSON whatever its type says. What cannot be a name or a password is
 * refused like a wrong one, as Django's own view does.
 * @throws GatehouseError INVALID_JSON, UNAUTHORIZED
 */
export function readLogin(body: unknown): Credentials {
  const members = membersOf(typeof body === 'string' ? body : '');
  const username = textWithin(members.get('username'), longestUsername);
  const password = textWithin(members.get('password'), longestPassword);
  if (username !== undefined && password !== undefined && username.trim() !== '')
    return { username, password };
  throw new GatehouseError('UNAUTHORIZED', { detail: 'the name or the password is missing or not usable' });
}

function membersOf(text: string): ReadonlyMap<string, unknown> {
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return new Map<string, unknown>(Object.entries(value));
  }
  throw new GatehouseError('INVALID_JSON', { detail: 'the body is no JSON object' });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function textWithin(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined;
}
