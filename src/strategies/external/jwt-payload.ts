import { readCompactJwt } from '../../common/compact-jwt';

/** The claims of a signed JWT in compact form (RFC 7519 section 7.2), unverified; undefined when the value is none. */
export function payloadOfJwt(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'string' ? readCompactJwt(value)?.claims : undefined;
}
