import type { Settings } from './settings';

type IssuerSettings = Pick<Settings, 'JWT_ISSUER' | 'PORT'>;

/** The `iss` of our tokens: as set, else the address on this machine. */
export function issuerOf({ JWT_ISSUER, PORT }: IssuerSettings): string {
  return JWT_ISSUER ?? `http://localhost:${PORT}`;
}

/**
 * The issuer as an address from which clients can discover the gateway (RFC 8414 section 2: no query and no fragment). Undefined
 * where it is only a name. `http` counts too, because a proxy may do TLS and a test has none.
 */
export function issuerAddress(settings: IssuerSettings): URL | undefined {
  const issuer = issuerOf(settings);
  if (!URL.canParse(issuer) || /[?#\s]/.test(issuer)) return undefined;
  const address = new URL(issuer);
  return address.protocol === 'https:' || address.protocol === 'http:' ? address : undefined;
}
