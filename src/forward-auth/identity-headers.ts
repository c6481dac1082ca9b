import type { Identity } from '../strategies/identity';

/** Headers of an answer. All of them, always, so that a proxy that copies them writes over those that a client has forged. */
export type IdentityHeaders = Readonly<Record<string, string>>;

/** Every header that tells the person. A proxy must let none of them pass that comes from a client. */
export const identityHeaderNames = [
  ...['Remote-User', 'Remote-Name', 'Remote-Email', 'Remote-Groups'],
  ...['X-Auth-Subject', 'X-Auth-Strategy', 'X-Auth-Roles', 'X-Auth-Omitted'],
] as const;

interface Wanted {
  readonly header: (typeof identityHeaderNames)[number];
  readonly value: string;
}

/** Room for the headers that are no lists, so that all of an answer fits into the 4 KiB that nginx has for it. */
const mostTextBytes = 1024;

/**
 * The person as the application behind a proxy reads them: `Remote-*` as Authelia and others write them, `X-Auth-Subject` for the
 * stable id. Groups and roles are lists with commas, for which there are `mostListBytes` together. What does not fit is left out whole
 * (its header is empty) and named in `X-Auth-Omitted`, because a shorter value would look like the truth and a longer one breaks proxies.
 */
export function identityHeaders(identity: Identity, mostListBytes: number): IdentityHeaders {
  const { username, displayName = '', email = '', subject, strategy, groups, roles } = identity;
  const texts = fitting(mostTextBytes, [
    { header: 'Remote-User', value: encoded(username) },
    { header: 'X-Auth-Subject', value: encoded(subject) },
    { header: 'X-Auth-Strategy', value: encoded(strategy) },
    { header: 'Remote-Email', value: encoded(email) },
    { header: 'Remote-Name', value: displayName.replace(control, ' ').trim() },
  ]);
  const lists = fitting(mostListBytes, [
    { header: 'X-Auth-Roles', value: listOf(roles) },
    { header: 'Remote-Groups', value: listOf(groups) },
  ]);
  const omitted = [...texts.omitted, ...lists.omitted].map(({ header }) => header).join(',');
  return {
    ...Object.fromEntries(
      [...texts.kept, ...lists.kept].map(({ header, value }) => [header, inBytes(value)]),
    ),
    ...Object.fromEntries([...texts.omitted, ...lists.omitted].map(({ header }) => [header, ''])),
    'X-Auth-Omitted': omitted,
  };
}

/** Those that fit into so many bytes together; the first come first. */
function fitting(mostBytes: number, wanted: readonly Wanted[]): Record<'kept' | 'omitted', Wanted[]> {
  const result: Record<'kept' | 'omitted', Wanted[]> = { kept: [], omitted: [] };
  let left = mostBytes;
  for (const one of wanted) {
    const bytes = Buffer.byteLength(one.value);
    result[bytes <= left ? 'kept' : 'omitted'].push(one);
    if (bytes <= left) left -= bytes;
  }
  return result;
}

/** A comma within a name would make two of it. */
function listOf(names: readonly string[]): string {
  return names.map((name) => encoded(name).replace(/,/g, '%2C')).join(',');
}

/** Also what only some programs take for the end of a line. */
const control = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/**
 * Percent-encodes what would not arrive as it was: programs cut blanks off at both ends, and may see one where a control character was;
 * ` admin` must not become `admin`. And `%` itself, so that decoding gives the text back, whatever it holds.
 */
function encoded(text: string): string {
  return text.replace(reserved, encodeURIComponent).replace(/^\s+|\s+$/g, encodeURIComponent);
}

const reserved = /[%\p{Cc}\p{Zl}\p{Zp}]/gu;

/** UTF-8, byte for byte as applications expect it, though Node writes each character as one byte (RFC 9110 section 5.5: obs-text). */
function inBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
