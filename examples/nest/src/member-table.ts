import { readFile } from 'node:fs/promises';

export interface Member {
  /** Never given to anybody else, unlike a name. */
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly fullName: string;
  readonly roles: readonly string[];
  /** The salt and the scrypt hash (RFC 7914), both base64. */
  readonly salt: string;
  readonly hash: string;
}

/** The members of the club: a file here, a table of your database elsewhere. */
export class MemberTable {
  constructor(private readonly file: string) {}

  /** By user name or e-mail address. Rejects when the table cannot be read. */
  async findByName(name: string): Promise<Member | undefined> {
    const wanted = name.trim().toLowerCase();
    return (await this.all()).find(({ username, email }) => username === wanted || email === wanted);
  }

  /** Rejects when the table cannot be read. */
  async findById(id: string): Promise<Member | undefined> {
    return (await this.all()).find((member) => member.id === id);
  }

  /** Rejects when the table cannot be read. */
  async count(): Promise<number> {
    return (await this.all()).length;
  }

  private async all(): Promise<readonly Member[]> {
    const parsed: unknown = JSON.parse(await readFile(this.file, 'utf8'));
    if (!Array.isArray(parsed) || !parsed.every(isMember))
      throw new Error('The file of the members has another form');
    return parsed;
  }
}

function isMember(value: unknown): value is Member {
  const texts = ['id', 'username', 'email', 'fullName', 'salt', 'hash'];
  const fields = new Map<string, unknown>(Object.entries(value ?? {}));
  return texts.every((name) => typeof fields.get(name) === 'string') && Array.isArray(fields.get('roles'));
}
