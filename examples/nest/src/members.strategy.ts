import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type Credentials,
  CredentialStrategy,
  type FindsAccounts,
  type Identity,
  type RereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from 'gatehouse';
import type { Member, MemberTable } from './member-table';

const hashOf = promisify<string, Buffer, number, Buffer>(scrypt);
const hashBytes = 32;
/** Compared for names that nobody has, so that they take as long as others. */
const nobody = { salt: randomBytes(16).toString('base64'), hash: randomBytes(hashBytes).toString('base64') };

/** Logs the members of the club in. Tokens, sessions, limits and the audit trail are the gateway's. */
export class MembersStrategy extends CredentialStrategy implements RereadsIdentity, FindsAccounts {
  readonly name = 'members';

  constructor(private readonly members: MemberTable) {
    super();
  }

  async authenticate({ username, password }: Credentials): Promise<Verdict> {
    const member = await this.ask(() => this.members.findByName(username));
    const isRight = await matches(password, member ?? nobody);
    if (!member || !isRight) return { accepted: false, reason: 'invalid_credentials' };
    return { accepted: true, identity: this.identityOf(member) };
  }

  /** Members have two names each; wrong passwords count together, whichever is used. */
  async findAccount(username: string): Promise<string | undefined> {
    const member = await this.ask(() => this.members.findByName(username));
    return member && `${this.name}:${member.id}`;
  }

  /** Lets a refresh see changed roles, and ends the sessions of members who have left. */
  async reread({ subject }: Identity): Promise<Identity | undefined> {
    const member = await this.ask(() => this.members.findById(subject.slice(`${this.name}:`.length)));
    return member && this.identityOf(member);
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      throw new StrategyUnavailable(this.name, 'the table of the members cannot be read', { cause });
    }
  }

  private identityOf({ id, username, email, fullName, roles }: Member): Identity {
    return {
      subject: `${this.name}:${id}`,
      username,
      email,
      displayName: fullName,
      groups: [],
      roles,
      attributes: {},
      strategy: this.name,
    };
  }
}

async function matches(password: string, { salt, hash }: Pick<Member, 'salt' | 'hash'>): Promise<boolean> {
  const expected = Buffer.from(hash, 'base64');
  const found = await hashOf(password, Buffer.from(salt, 'base64'), hashBytes);
  return expected.length === hashBytes && timingSafeEqual(found, expected);
}
