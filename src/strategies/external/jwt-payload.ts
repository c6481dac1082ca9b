import { isJsonObject } from '../../common/json-pointer';

/** The claims of a signed JWT in compact form (RFC 7519 section 7.2), unverified; undefined when the value is none. */
export function payloadOfJwt(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'string') return undefined;
  const [header, payload, signature, ...rest] = value.split('.');
  if (!header || !payload || !signature || rest.length > 0) return undefined;
  return jsonObjectOf(payload);
}

function jsonObjectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
