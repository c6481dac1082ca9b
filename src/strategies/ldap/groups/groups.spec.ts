import type { Filter } from 'ldapts';
import { loadSettings } from '../../../config/load-settings';
import { StrategyUnavailable } from '../../credential-strategy';
import { Deadline } from '../../outbound/deadline';
import { type DirectoryEntry, toDirectoryEntry } from '../entry/directory-entry';
import { groupOptions } from './group-options';
import { groupsOf } from './groups';
import type { SearchRequest } from '../connection/search-request';
import { TruncatedAnswer } from '../connection/truncated-answer';

type Answer = (request: SearchRequest) => DirectoryEntry[];

const alice = toDirectoryEntry({
  dn: 'uid=alice,dc=x',
  uid: 'alice',
  memberOf: ['cn=a,dc=x', 'CN=A, dc=x', 'cn=b,dc=x'],
});

function options(env: Record<string, string> = {}) {
  return groupOptions(loadSettings({ LDAP_BASE_DN: 'dc=x', ...env }).settings);
}

async function names(env: Record<string, string>, answer: Answer, entry = alice): Promise<string[]> {
  const reader = { search: (request: SearchRequest) => Promise.resolve(answer(request)) };
  return (await groupsOf(entry, reader, options(env), Deadline.in(1000))).map(({ name }) => name);
}

function text(filter: Filter): string {
  return filter.toString();
}

describe('groupsOf', () => {
  it('takes one group once, however its DN is spelled', async () => {
    const noSearch = () => {
      throw new Error('no search is needed');
    };
    expect(await names({}, noSearch)).toEqual(['a', 'b']);
    expect(await names({ LDAP_GROUP_MODE: 'none' }, noSearch)).toEqual([]);
  });

  it('keeps a group that may not be read, and one outside the base, by the name in its DN', async () => {
    const asked: string[] = [];
    const answer: Answer = ({ filter }) => {
      asked.push(text(filter));
      return [];
    };
    const env = { LDAP_GROUP_NESTED: 'true', LDAP_GROUP_BASE_DN: 'ou=groups,dc=x' };
    const entry = toDirectoryEntry({
      dn: 'cn=x',
      memberOf: ['cn=in,ou=groups,dc=x', 'cn=out,dc=x', 'ou=odd,dc=x'],
    });
    expect(await names(env, answer, entry)).toEqual(['in', 'out', 'ou=odd,dc=x']);
    expect(asked).toEqual(['(entryDN=cn=in,ou=groups,dc=x)']);
  });

  it('fails where the base of the people is not that of the groups, and nobody said so', async () => {
    const fault = names({ LDAP_GROUP_NESTED: 'true', LDAP_BASE_DN: 'ou=people,dc=x' }, () => []);
    await expect(fault).rejects.toThrow('set LDAP_GROUP_BASE_DN');
  });

  it('asks in batches', async () => {
    const memberOf = Array.from({ length: 120 }, (_, index) => `cn=g${index},dc=x`);
    let searches = 0;
    const answer: Answer = () => {
      searches += 1;
      return [];
    };
    await names({ LDAP_GROUP_NESTED: 'true' }, answer, toDirectoryEntry({ dn: 'cn=x', memberOf }));
    expect(searches).toBe(3);
  });

  it('puts names into the filter literally, each in its place', async () => {
    const entry = toDirectoryEntry({ dn: 'uid={username}\\,*)(,dc=x', uid: '*)(uid={dn}' });
    const asked: string[] = [];
    const answer: Answer = ({ filter }) => {
      asked.push(text(filter));
      return [];
    };
    await names(
      { LDAP_GROUP_MODE: 'search', LDAP_GROUP_FILTER: '(|(member={dn})(memberUid={username}))' },
      answer,
      entry,
    );
    expect(asked).toEqual([
      '(|(member=uid={username}\\5c,\\2a\\29\\28,dc=x)(memberUid=\\2a\\29\\28uid={dn}))',
    ]);
  });

  it.each([
    ['as it is', new TruncatedAnswer('more-entries', 'more than 2000')],
    ['wrapped', new StrategyUnavailable('ldap', 'x', { cause: new TruncatedAnswer('more-entries', 'more') })],
  ])('names LDAP_GROUP_MAX for an answer with too many entries, %s', async (_, error) => {
    const fails = () => {
      throw error;
    };
    const fault = names({ LDAP_GROUP_MODE: 'search' }, fails);
    await expect(fault).rejects.toThrow('LDAP_GROUP_MAX');
    await expect(fault).rejects.toMatchObject({ kind: 'group-limit' });
  });

  it('leaves other errors as they are', async () => {
    const outage = new StrategyUnavailable('ldap', 'down');
    const fails = () => {
      throw outage;
    };
    await expect(names({ LDAP_GROUP_MODE: 'search' }, fails)).rejects.toBe(outage);
  });
});

describe('groupOptions', () => {
  it.each([
    [{ LDAP_GROUP_FILTER: '(member={dn}' }, 'LDAP_GROUP_FILTER is no LDAP filter'],
    [{ LDAP_GROUP_FILTER: '(cn=x)' }, 'LDAP_GROUP_FILTER must hold {dn} or {username}'],
    [{ LDAP_GROUP_NAME_ATTRIBUTE: 'c n' }, 'LDAP_GROUP_NAME_ATTRIBUTE'],
  ])('refuses %j', (env, fault) => {
    expect(() => options(env)).toThrow(fault);
  });

  it('takes the base of the people, or that of the domain', () => {
    expect(options().baseDn).toBe('dc=x');
    expect(options({ LDAP_GROUP_BASE_DN: 'ou=g' }).baseDn).toBe('ou=g');
    const { settings } = loadSettings({ LDAP_DOMAIN: 'ad.example.org', LDAP_GROUP_MODE: 'search' });
    expect(groupOptions(settings).baseDn).toBe('DC=ad,DC=example,DC=org');
  });

  it('needs a base only where it searches', () => {
    expect(groupOptions(loadSettings({}).settings).baseDn).toBe('');
    const searching = loadSettings({ LDAP_GROUP_MODE: 'search' }).settings;
    expect(() => groupOptions(searching)).toThrow('LDAP_GROUP_BASE_DN');
  });
});
