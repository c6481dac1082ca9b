import { AuthService, type LoginRequest, type LoginResult, type Visit } from '../../auth/auth.service';
import { EntryService } from '../../auth/entry.service';
import type { Session } from '../../sessions/session';
import { Authenticator } from '../../strategies/authenticator';
import { CredentialStrategy, type Credentials, type Verdict } from '../../strategies/credential-strategy';
import type { Identity } from '../../strategies/identity';
import { authenticateRequest } from './authenticate-request';
import { DirectoryLogin } from './directory-login';
import { OwnEntry } from './own-entry';

const dn = 'uid=jimbob,dc=example,dc=com';
const visit: Visit = {
  ...{ requestId: 'request-1', address: '192.0.2.1', userAgent: '', locale: 'en', door: 'ping-directory' },
};
const identity: Identity = {
  ...{ subject: 'dir:1', username: 'jimbob', groups: [], roles: [], attributes: {}, strategy: 'dir' },
};
const session: Session = {
  ...{
    id: 'session-1',
    identity,
    identityReadAtMs: 0,
    identityIsStale: false,
    createdAtMs: 0,
    lastUsedAtMs: 0,
  },
  ...{ expiresAtMs: 1, absoluteEndMs: 1, client: { address: '', userAgent: '' } },
  chain: { generation: 0, branch: 0, parentBranch: 0, rotatedAtMs: 0 },
};

/** A source with DNs below dc=com, whose entries come from `entry`. */
class Directory extends CredentialStrategy {
  readonly name = 'dir';
  constructor(readonly readEntry?: () => Promise<undefined>) {
    super();
  }
  authenticate(_credentials: Credentials): Promise<Verdict> {
    return Promise.reject(new Error('The story of a login is not told here'));
  }
  authenticateByDn(credentials: Credentials): Promise<Verdict> {
    return this.authenticate(credentials);
  }
  ownDn(text: string): { readonly key: string } | undefined {
    return text.endsWith('dc=com') ? { key: text } : undefined;
  }
}

class Story extends AuthService {
  readonly logins: LoginRequest[] = [];
  readonly ended: unknown[] = [];
  override login(request: LoginRequest): Promise<LoginResult> {
    this.logins.push(request);
    return Promise.resolve({ accessToken: 'token', identity, session });
  }
  override refresh(): Promise<never> {
    return Promise.reject(new Error('Nobody refreshes here'));
  }
  override logout(tokens: unknown): Promise<void> {
    this.ended.push(tokens);
    return Promise.resolve();
  }
}

function answered(credentials: object, { story, source }: { story: Story; source: Directory }) {
  const entries = new EntryService(new Authenticator([source]));
  const directory = new DirectoryLogin(story, entries, new OwnEntry(entries), {
    ACCESS_TOKEN_TTL_SECONDS: 900,
  });
  const password = { authenticationType: 'password', staticPassword: 'secret' };
  const body = { credentials: { ...password, ...credentials }, returnUserAttributes: ['uid'] };
  return directory.login(authenticateRequest(body), visit);
}

describe('a login whose entry cannot be read after it', () => {
  it.each([
    ['because nobody is there any more', () => Promise.resolve(undefined), 'SERVICE_UNAVAILABLE'],
    ['because of an outage', () => Promise.reject(new Error('down')), undefined],
  ])('%s leaves no session behind', async (_why, readEntry, code) => {
    const story = new Story();
    const error: unknown = await answered({ dn }, { story, source: new Directory(readEntry) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject(code === undefined ? { message: 'down' } : { code });
    expect(story.ended).toEqual([{ accessSessionId: 'session-1' }]);
  });
});

describe('a login at a source that shows no entries', () => {
  it.each([
    ['its own DN', dn, { username: dn, namedBy: 'dn' }, undefined, dn],
    ['a DN that we made', 'uid=Jimbob,ou=dir', { username: 'Jimbob' }, 'dir', 'uid=jimbob,ou=dir'],
    [
      'a DN that we did not make',
      'uid=jimbob,ou=x',
      { username: 'uid=jimbob,ou=x', namedBy: 'dn' },
      undefined,
      'uid=jimbob,ou=x',
    ],
  ])('by %s has an entry all the same', async (_case, typed, credentials, strategy, shown) => {
    const story = new Story();
    const answer = await answered({ dn: typed }, { story, source: new Directory() });
    expect(answer.userAttributes).toEqual({ _dn: shown, uid: ['jimbob'] });
    const [login] = story.logins;
    expect(login?.credentials).toEqual({ ...credentials, password: 'secret' });
    expect([login?.strategy, login?.session]).toEqual([strategy, { longestMs: 900_000 }]);
    expect(story.ended).toEqual([]);
  });
});
