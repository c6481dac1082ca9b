import { Authenticator } from './authenticator';
import {
  type AuthenticatesByDn,
  type ChangesPassword,
  type Credentials,
  CredentialStrategy,
  type OwnDn,
  type PasswordChange,
  type ReadsEntries,
  type SourceEntry,
  StrategyUnavailable,
  type Verdict,
} from './credential-strategy';
import type { Identity } from './identity';

const context = { requestId: 'request-1', address: '192.0.2.1' };
const refusal: Verdict = { accepted: false, reason: 'invalid_credentials' };
const person: Identity = {
  subject: 'ldap:1',
  username: 'alice',
  groups: [],
  roles: [],
  attributes: {},
  strategy: 'ldap',
};

class ByName extends CredentialStrategy {
  readonly tried: Credentials[] = [];

  constructor(readonly name: string) {
    super();
  }

  authenticate(credentials: Credentials): Promise<Verdict> {
    this.tried.push(credentials);
    return Promise.resolve(refusal);
  }
}

class ByDn extends ByName implements AuthenticatesByDn, ChangesPassword, ReadsEntries {
  readonly triedByDn: string[] = [];
  readonly changed: string[] = [];

  constructor(
    name: string,
    private readonly base: string,
    private readonly verdict: Verdict | Error = refusal,
  ) {
    super(name);
  }

  ownDn(text: string): OwnDn | undefined {
    const key = text.toLowerCase();
    if (!key.endsWith(this.base)) return undefined;
    const account = /^uid=([^,]*)/i.exec(text)?.[1];
    return { key, ...(account !== undefined && { account }) };
  }

  authenticateByDn({ username }: Credentials): Promise<Verdict> {
    this.triedByDn.push(username);
    return this.verdict instanceof Error ? Promise.reject(this.verdict) : Promise.resolve(this.verdict);
  }

  changePassword({ username }: Credentials): Promise<PasswordChange> {
    this.changed.push(username);
    return Promise.resolve({ changed: true, subject: person.subject });
  }

  readEntry({ subject }: Identity): Promise<SourceEntry | undefined> {
    return Promise.resolve(subject === person.subject ? { dn: 'uid=alice,dc=x', attributes: {} } : undefined);
  }
}

const byDn = (username: string, password = 'secret'): Credentials => ({ username, password, namedBy: 'dn' });

describe('a login by DN', () => {
  it('goes to the sources below whose base it lies, and to no other as a name', async () => {
    const [file, x, y] = [new ByName('file'), new ByDn('ldap', 'dc=x'), new ByDn('ldap.y', 'dc=y')];
    const authenticator = new Authenticator([file, x, y]);
    expect(await authenticator.authenticate(byDn('uid=alice,dc=y'), context)).toEqual(refusal);
    expect(await authenticator.authenticate(byDn('uid=alice,dc=z'), context)).toEqual(refusal);
    expect(await authenticator.authenticate(byDn('uid=alice,dc=y'), context, 'ldap')).toEqual(refusal);
    expect(await authenticator.authenticate(byDn('uid=alice,dc=y'), context, 'file')).toEqual(refusal);
    expect([file.tried, x.tried, y.tried, x.triedByDn]).toEqual([[], [], [], []]);
    expect(y.triedByDn).toEqual(['uid=alice,dc=y']);
  });

  it('asks nobody without a password', async () => {
    const x = new ByDn('ldap', 'dc=x', { accepted: true, identity: person });
    const authenticator = new Authenticator([x]);
    expect(await authenticator.authenticate(byDn('uid=alice,dc=x', ''), context)).toEqual(refusal);
    const change = authenticator.changePassword(byDn('uid=alice,dc=x', ''), 'new', context);
    expect([await change, x.changed]).toEqual([{ changed: false, reason: 'invalid_credentials' }, []]);
    expect(x.triedByDn).toEqual([]);
    expect(await authenticator.authenticate(byDn('uid=alice,dc=x'), context)).toMatchObject({
      accepted: true,
    });
  });

  it('changes a password at the source below whose base the DN lies, and at no other', async () => {
    const [x, y] = [new ByDn('ldap', 'dc=x'), new ByDn('ldap.y', 'dc=y')];
    const authenticator = new Authenticator([new ByName('file'), x, y]);
    const change = (dn: string, strategy?: string) =>
      authenticator.changePassword(byDn(dn), 'new', context, strategy);
    expect(await change('uid=alice,dc=y')).toMatchObject({ changed: true });
    // A DN that is nobody's is answered like a wrong password.
    const refused = { changed: false, reason: 'invalid_credentials' };
    expect(await change('uid=alice,dc=y', 'ldap')).toEqual(refused);
    expect(await change('uid=alice,dc=z')).toEqual(refused);
    expect([x.changed, y.changed]).toEqual([[], ['uid=alice,dc=y']]);
  });

  it('ends with an outage', async () => {
    const down = new ByDn('ldap', 'dc=x', new StrategyUnavailable('ldap', 'down'));
    const login = new Authenticator([down]).authenticate(byDn('uid=alice,dc=x'), context);
    await expect(login).rejects.toBeInstanceOf(StrategyUnavailable);
  });

  it('knows without asking whether a DN can be anybody’s', () => {
    const x = new ByDn('ldap', 'dc=x');
    const authenticator = new Authenticator([new ByName('file'), x]);
    const held = ['uid=alice,dc=x', 'uid=alice,dc=y', 'alice'].map((dn) => authenticator.holdsDn(dn));
    expect([held, x.tried, x.triedByDn]).toEqual([[true, false, false], [], []]);
  });

  it('counts under the name of the account where the DN tells it, else under the DN', () => {
    const authenticator = new Authenticator([new ByName('file'), new ByDn('ldap', 'dc=x')]);
    expect(authenticator.canonicalName('UID=Alice,dc=x')).toBe('alice');
    expect(authenticator.canonicalName('CN=Alice,DC=X')).toBe('cn=alice,dc=x');
    expect(authenticator.canonicalName('CN=Alice,DC=Y')).toBe('cn=alice,dc=y');
  });
});

describe('reading an entry', () => {
  it('asks the source of the identity alone', async () => {
    const authenticator = new Authenticator([new ByName('file'), new ByDn('ldap', 'dc=x')]);
    const entry = { dn: 'uid=alice,dc=x', attributes: {} };
    expect(await authenticator.readEntry(person, ['*'])).toEqual({ kind: 'read', entry });
    expect(await authenticator.readEntry({ ...person, subject: 'ldap:2' }, ['*'])).toEqual({ kind: 'gone' });
    expect(await authenticator.readEntry({ ...person, strategy: 'other' }, ['*'])).toEqual({ kind: 'gone' });
    expect(await authenticator.readEntry({ ...person, strategy: 'file' }, ['*'])).toEqual({
      kind: 'unsupported',
    });
  });
});
