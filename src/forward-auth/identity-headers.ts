import type { Identity } from '../strategies/identity';

/** Headers of an answer. */
export type IdentityHeaders = Readonly<Record<string, string>>;

/**
 * The person as the application behind a proxy reads them: `Remote-*` as Authelia and others write them, `X-Auth-Subject` for the
 * stable id. Groups and roles are lists with commas; one that does not fit into `mostListBytes` is left out whole and named in
 * `X-Auth-Omitted`, because a shorter list would look like the truth and a longer one breaks proxies.
 */
export function identityHeaders(identity: Identity, mostListBytes: number): IdentityHeaders {
  const lists = [
    { header: 'Remote-Groups', value: listOf(identity.groups) },
    { header: 'X-Auth-Roles', value: listOf(identity.roles) },
  ];
  const omitted = lists.filter(({ value }) => Buffer.byteLength(value) > mostListBytes);
  const texts = {
    'Remote-User': identity.username,
    'Remote-Name': identity.displayName ?? '',
    'Remote-Email': identity.email ?? '',
    'X-Auth-Subject': identity.subject,
    'X-Auth-Strategy': identity.strategy,
    ...Object.fromEntries(
      lists.filter((list) => !omitted.includes(list)).map(({ header, value }) => [header, value]),
    ),
    ...(omitted.length > 0 && { 'X-Auth-Omitted': omitted.map(({ header }) => header).join(',') }),
  };
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, headerValue(value)]));
}

/** A comma within a name would make two of it. */
function listOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(',', '%2C')).join(',');
}

/**
 * UTF-8, byte for byte as applications expect it, though Node writes each character as one byte (RFC 9110 section 5.5: obs-text).
 * Control characters have no place in a header.
 */
function headerValue(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  return Buffer.from(text.replace(/[\u0000-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}
