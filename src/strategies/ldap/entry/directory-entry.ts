import type { Entry } from 'ldapts';

/** Where ldapts puts the DN, among the attributes. */
const nameOfDn = 'dn';

/** One entry as the directory gave it. Attribute names count without regard to case (RFC 4512 section 2.5). */
export class DirectoryEntry {
  private readonly values = new Map<string, (string | Buffer)[]>();
  private readonly spellings = new Map<string, string>();

  constructor(
    readonly dn: string,
    attributes: Readonly<Record<string, Entry[string]>>,
  ) {
    for (const description of Object.keys(attributes)) {
      const value = attributes[description];
      if (value === undefined || description === nameOfDn) continue;
      if (!Array.isArray(value)) this.take(description, [value]);
      // Most of what is asked for has none.
      else if (value.length > 0) this.take(description, value);
    }
  }

  /** The attributes that have values, in the server's order and spelling, options included. */
  get names(): readonly string[] {
    return [...this.spellings].flatMap(([name, spelling]) => (this.all(name).length > 0 ? [spelling] : []));
  }

  /** Every value that is text. Values that are no UTF-8 are left out. */
  texts(attribute: string): readonly string[] {
    return this.all(attribute).filter((value) => typeof value === 'string');
  }

  /** The first text that holds more than blanks. */
  text(attribute: string): string | undefined {
    return this.texts(attribute).find((value) => value.trim() !== '');
  }

  /** The first value as bytes. */
  bytes(attribute: string): Buffer | undefined {
    return this.allBytes(attribute)[0];
  }

  /** Every value as bytes. */
  allBytes(attribute: string): readonly Buffer[] {
    return this.all(attribute).map((value) =>
      typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
    );
  }

  /** Every value, as text where it is text. */
  all(attribute: string): readonly (string | Buffer)[] {
    return this.values.get(attribute.toLowerCase()) ?? [];
  }

  private take(description: string, given: readonly (string | Buffer)[]): void {
    const spelling = withoutRange(description);
    const name = spelling.toLowerCase();
    const list = this.values.get(name) ?? [];
    list.push(...given);
    this.values.set(name, list);
    if (!this.spellings.has(name)) this.spellings.set(name, spelling);
  }
}

/** ldapts gives one value bare, several as an array, none as an empty array. This is the only place that knows. */
export function toDirectoryEntry(entry: Entry): DirectoryEntry {
  return new DirectoryEntry(entry.dn, entry);
}

/** Active Directory sends a long attribute as `memberOf;range=0-1499`, next to an empty `memberOf`. */
function withoutRange(description: string): string {
  return description.includes(';') ? description.replace(/;range=[^;]*$/i, '') : description;
}
