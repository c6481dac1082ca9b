import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import Strategy from 'passport-ldapauth';
import { settings } from './settings.js';
import type { User } from './user.js';

function first(value: unknown): string {
  return String(Array.isArray(value) ? value[0] : (value ?? ''));
}

function all(value: unknown): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)];
}

/** Searches for the name by the service account and tries the password by a bind; the library opens two connections per login. */
@Injectable()
export class LdapStrategy extends PassportStrategy(Strategy, 'ldap') {
  constructor() {
    super({ server: settings.ldap });
  }

  validate(entry: Record<string, unknown>): User {
    return {
      sub: first(entry[settings.userAttribute]),
      name: first(entry['cn']),
      email: first(entry['mail']),
      title: first(entry['title']),
      groups: all(entry['memberOf']),
    };
  }
}
