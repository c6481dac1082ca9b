/** An entry to be added: its DN and its attributes. */
export interface LdifEntry {
  readonly dn: string;
  readonly [attribute: string]: string | Buffer | readonly string[];
}

/** Entries as LDIF (RFC 2849). */
export function ldif(entries: readonly LdifEntry[]): string {
  return entries.map((entry) => `${Object.entries(entry).flatMap(lines).join('\n')}\n\n`).join('');
}

function lines([attribute, value]: [string, LdifEntry[string]]): string[] {
  const values = typeof value === 'string' || Buffer.isBuffer(value) ? [value] : value;
  return values.map((one) => line(attribute, one));
}

/** Base64 for all but plain ASCII text, which is always allowed. */
function line(attribute: string, value: string | Buffer): string {
  if (typeof value === 'string' && /^[a-z0-9][\x21-\x7e ]*$/i.test(value)) return `${attribute}: ${value}`;
  return `${attribute}:: ${Buffer.from(value).toString('base64')}`;
}
