import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}

/**
 * Some types know only strings and buffers. At run time all of them take key objects, which jsonwebtoken does not have to parse at
 * each call; tutorials mostly give it strings, at several times the cost.
 */
export function asTyped(key: KeyObject): Buffer {
  return key as unknown as Buffer;
}

function accessKeys(): { algorithm: 'ES256' | 'HS256'; sign: KeyObject; verify: KeyObject } {
  const secret = process.env.JWT_ACCESS_SECRET;
  if (secret) {
    const key = createSecretKey(Buffer.from(secret));
    return { algorithm: 'HS256', sign: key, verify: key };
  }
  const sign = createPrivateKey(readFileSync(required('JWT_PRIVATE_KEY_FILE')));
  return { algorithm: 'ES256', sign, verify: createPublicKey(sign) };
}

export const settings = {
  databaseFile: required('DATABASE_FILE'),
  /** FULL has each commit on disk before it is answered; NORMAL may lose the last ones when the machine loses power. */
  databaseSynchronous: process.env.DATABASE_SYNCHRONOUS === 'NORMAL' ? 'NORMAL' : 'FULL',
  access: { ...accessKeys(), lifeSeconds: 3600 },
  refresh: {
    secret: asTyped(createSecretKey(Buffer.from(required('JWT_REFRESH_SECRET')))),
    lifeSeconds: 7 * 86_400,
  },
  ldap: {
    url: required('LDAP_URL'),
    bindDN: required('LDAP_BIND_DN'),
    bindCredentials: required('LDAP_BIND_PASSWORD'),
    searchBase: required('LDAP_SEARCH_BASE'),
    searchFilter: `(${required('LDAP_USER_ATTRIBUTE')}={{username}})`,
    searchAttributes: [required('LDAP_USER_ATTRIBUTE'), 'cn', 'mail', 'title', 'memberOf'],
    ...(process.env.LDAP_CA_FILE && { tlsOptions: { ca: [readFileSync(process.env.LDAP_CA_FILE)] } }),
  },
  userAttribute: required('LDAP_USER_ATTRIBUTE'),
  throttle: { limit: Number(process.env.THROTTLE_LIMIT ?? 10), ttl: 60_000 },
};
