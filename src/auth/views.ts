import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '../common/api-description';
import type { Session } from '../sessions/session';
import type { Identity } from '../strategies/identity';

const person = {
  sub: {
    description: 'Stable id, namespaced by the strategy.',
    example: 'ldap:6f1c0c5e-6d1f-4f5a-8f3a-0b6a0f3c9a11',
  },
  username: { example: 'alice' },
  name: { example: 'Alice Ångström' },
  given_name: { example: 'Alice' },
  family_name: { example: 'Ångström' },
  email: { example: 'alice@example.org' },
  groups: { type: [String], example: ['engineers'] },
  roles: { type: [String], example: ['admin'] },
  strategy: { description: 'The strategy that accepted the person.', example: 'ldap' },
} satisfies Readonly<Record<string, ApiPropertyOptions>>;

/** A person as the native API shows them. */
export class UserView {
  @ApiProperty(person.sub)
  readonly sub!: string;

  @ApiProperty(person.username)
  readonly username!: string;

  @ApiPropertyOptional(person.name)
  readonly name?: string;

  @ApiPropertyOptional(person.given_name)
  readonly given_name?: string;

  @ApiPropertyOptional(person.family_name)
  readonly family_name?: string;

  @ApiPropertyOptional(person.email)
  readonly email?: string;

  @ApiProperty(person.groups)
  readonly groups!: readonly string[];

  @ApiProperty(person.roles)
  readonly roles!: readonly string[];

  @ApiProperty(person.strategy)
  readonly strategy!: string;
}

/** A person as far as the scope of the token goes; whole for a token of the native API. */
export class ScopedUserView {
  @ApiProperty(person.sub)
  readonly sub!: string;

  @ApiProperty(person.strategy)
  readonly strategy!: string;

  @ApiPropertyOptional(person.username)
  readonly username?: string;

  @ApiPropertyOptional(person.name)
  readonly name?: string;

  @ApiPropertyOptional(person.given_name)
  readonly given_name?: string;

  @ApiPropertyOptional(person.family_name)
  readonly family_name?: string;

  @ApiPropertyOptional(person.email)
  readonly email?: string;

  @ApiPropertyOptional(person.groups)
  readonly groups?: readonly string[];

  @ApiPropertyOptional(person.roles)
  readonly roles?: readonly string[];
}

/** A session as the native API shows it. */
export class SessionView {
  @ApiProperty({ example: 'r4Jb0mC0o1mWkq3Xq1b5dA' })
  readonly id!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-21T09:00:00.000Z' })
  readonly created_at!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-21T09:15:00.000Z' })
  readonly last_used_at!: string;

  @ApiProperty({
    format: 'date-time',
    description: 'The end, unless it is refreshed before.',
    example: '2026-11-22T09:15:00.000Z',
  })
  readonly expires_at!: string;

  @ApiProperty({ description: 'The address that the login came from.', example: '192.0.2.7' })
  readonly address!: string;

  @ApiProperty({ description: 'The User-Agent of the login.', example: 'curl/8.5.0' })
  readonly user_agent!: string;
}

/** A session among one's own. */
export class OwnSessionView extends SessionView {
  @ApiProperty({ description: 'Whether the request came in this session.' })
  readonly current!: boolean;
}

/** A session of somebody else. */
export class SessionOfView extends SessionView {
  @ApiProperty({ type: UserView })
  readonly user!: UserView;
}

export function viewOfUser(identity: Identity): UserView {
  return {
    sub: identity.subject,
    username: identity.username,
    name: identity.displayName,
    given_name: identity.givenName,
    family_name: identity.familyName,
    email: identity.email,
    groups: identity.groups,
    roles: identity.roles,
    strategy: identity.strategy,
  };
}

/** @param scope what the token may be used for; undefined for the native API */
export function scopedViewOfUser(identity: Identity, scope: readonly string[] | undefined): ScopedUserView {
  if (scope === undefined) return viewOfUser(identity);
  const { username, name, given_name, family_name, email, groups, roles, ...always } = viewOfUser(identity);
  const has = (wanted: string): boolean => scope.includes(wanted);
  return {
    ...always,
    ...(has('profile') && { username, name, given_name, family_name }),
    ...(has('email') && { email }),
    ...(has('groups') && { groups }),
    ...(has('roles') && { roles }),
  };
}

export function viewOfSession(session: Session): SessionView {
  return {
    id: session.id,
    created_at: new Date(session.createdAtMs).toISOString(),
    last_used_at: new Date(session.lastUsedAtMs).toISOString(),
    expires_at: new Date(session.expiresAtMs).toISOString(),
    address: session.client.address,
    user_agent: session.client.userAgent,
  };
}
