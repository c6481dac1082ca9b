import { EqualityFilter } from 'ldapts';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { loadSettings } from '../src/config/load-settings';
import { Deadline } from '../src/strategies/outbound/deadline';
import { groupOptions } from '../src/strategies/ldap/groups/group-options';
import { groupsOf } from '../src/strategies/ldap/groups/groups';
import {
  groupOfNames,
  largeGroup,
  largeGroupSize,
  manyGroups,
  manyGroupsCount,
} from './servers/large-groups';
import { ldif, type LdifEntry } from './servers/ldif';
import { type SambaAd, startSambaAd } from './servers/samba-ad';
import { domainUsers } from './servers/samba-domain';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { TestReader } from './support/directory-reader';
import { find, namesOf, type Place } from './support/groups-of';

describe('OpenLDAP', () => {
  let slapd: Slapd;
  let place: Place;

  beforeAll(async () => {
    slapd = await startSlapd();
    const group = (cn: string, ...members: string[]) => groupOfNames(cn, slapd.baseDn, members);
    const groupDn = (cn: string) => `cn=${cn},ou=groups,${slapd.baseDn}`;
    await slapd.modify(
      ldif([
        group('devs', people.alice.dn, groupDn('everybody')),
        group('tech', groupDn('devs')),
        group('everybody', groupDn('tech')),
        group('Führungskräfte', people.juergen.dn, people.carol.dn),
        group('漢字, (x)*\\'.replace(/[,\\]/g, '\\$&'), people.carol.dn, groupDn('Führungskräfte')),
        largeGroup(slapd.baseDn, people.bob.dn),
        ...manyGroups(slapd.baseDn, people.weird.dn),
      ]),
    );
    const { url, bindDn: name, bindPassword: password } = slapd;
    place = { reader: await TestReader.connect({ url, name, password }), baseDn: slapd.baseDn };
  }, 180_000);
  afterAll(async () => {
    await place?.reader.close();
    await slapd?.remove();
  });

  const searching = { LDAP_GROUP_MODE: 'search' };
  const nested = { LDAP_GROUP_NESTED: 'true' };

  it('takes memberOf as it is, without a further search', async () => {
    expect(await namesOf(place, people.alice.dn)).toEqual(['devs', 'engineers']);
    expect(place.reader.searches).toBe(0);
  });

  it.each([
    ['memberof', {}],
    ['search', searching],
  ])('finds the groups in groups by %s, also in a circle', async (_, mode) => {
    const names = await namesOf(place, people.alice.dn, { ...mode, ...nested });
    expect(names).toEqual(['devs', 'engineers', 'everybody', 'tech']);
  });

  it.each([
    ['memberof', {}],
    ['search', searching],
  ])('finds groups with odd names by %s', async (_, mode) => {
    const odd = ['Führungskräfte', '漢字, (x)*\\'];
    expect(await namesOf(place, people.juergen.dn, { ...mode, ...nested })).toEqual(odd);
    expect(await namesOf(place, people.carol.dn, { ...mode, ...nested })).toEqual([
      'Führungskräfte',
      'engineers',
      odd[1],
    ]);
  });

  it('finds somebody in a group of thousands', async () => {
    expect(await namesOf(place, people.bob.dn)).toEqual(['large', 'managers']);
    expect(await namesOf(place, people.bob.dn, searching)).toEqual(['large', 'managers']);
    const large = await place.reader.entry(`cn=large,ou=groups,${slapd.baseDn}`, ['member']);
    expect(large.texts('member')).toHaveLength(largeGroupSize);
  });

  it('reads all groups of somebody who has very many', async () => {
    expect(await namesOf(place, people.weird.dn)).toHaveLength(manyGroupsCount);
    expect(await namesOf(place, people.weird.dn, nested)).toHaveLength(manyGroupsCount);
    const pagesBefore = slapd.countInLog('SEARCH RESULT');
    expect(await namesOf(place, people.weird.dn, searching)).toHaveLength(manyGroupsCount);
    // One for the entry, and pages of 500: slapd would give 500 in all without them.
    expect(slapd.countInLog('SEARCH RESULT') - pagesBefore).toBe(1 + Math.ceil(manyGroupsCount / 500));
  });

  it('fails where the server cuts the answer off, and never gives a shorter list', async () => {
    // Nobody but the service account may read more than 500 entries, page by page or not.
    const { dn: name, password } = people.alice;
    const reader = await TestReader.connect({ url: slapd.url, name, password });
    const fault = find({ reader, baseDn: slapd.baseDn }, people.weird.dn, searching);
    await expect(fault).rejects.toThrow('size limit (result 4)');
    await expect(fault).rejects.toMatchObject({ name: 'TruncatedAnswer', kind: 'server-limit' });
    await reader.close();
  });

  it.each([
    ['LDAP_GROUP_MAX', 'alice', { LDAP_GROUP_MAX: '3', ...nested }],
    ['LDAP_GROUP_MAX', 'weird', { LDAP_GROUP_MAX: '1699' }],
    ['LDAP_GROUP_MAX', 'weird', { LDAP_GROUP_MAX: '1699', ...searching }],
    ['LDAP_GROUP_MAX_DEPTH', 'alice', { LDAP_GROUP_MAX_DEPTH: '2', ...nested }],
    ['LDAP_GROUP_MAX_DEPTH', 'alice', { LDAP_GROUP_MAX_DEPTH: '2', ...nested, ...searching }],
  ] as const)('fails at the limit %s for %s with %j', async (setting, person, variables) => {
    const fault = find(place, people[person].dn, variables);
    await expect(fault).rejects.toThrow(setting);
    await expect(fault).rejects.toMatchObject({ name: 'TruncatedAnswer', kind: 'group-limit' });
  });

  it.each([
    ['alice', { LDAP_GROUP_MAX: '4', LDAP_GROUP_MAX_DEPTH: '3', ...nested }, 4],
    ['weird', { LDAP_GROUP_MAX: '1700', ...searching }, 1700],
  ] as const)('is content when %s stays just within the limits', async (person, variables, count) => {
    expect(await find(place, people[person].dn, variables)).toHaveLength(count);
  });

  it('fails in time when the server does not answer', async () => {
    const { url, bindDn: name, bindPassword: password, baseDn } = slapd;
    const reader = await TestReader.connect({ url, name, password });
    const options = groupOptions(
      loadSettings({ LDAP_BASE_DN: baseDn, LDAP_GROUP_TIMEOUT_MS: '200', ...searching }).settings,
    );
    const entry = await reader.entry(people.alice.dn, ['uid']);
    slapd.pause();
    // The signal reaches the threads of a busy machine a little later.
    await delay(100);
    const startMs = performance.now();
    try {
      await expect(groupsOf(entry, reader, options, Deadline.in(10_000))).rejects.toThrow(
        'LDAP_GROUP_TIMEOUT_MS',
      );
    } finally {
      slapd.resume();
    }
    expect(performance.now() - startMs).toBeLessThan(1000);
    await reader.close();
  });

  it('names groups by another attribute, or by their DN', async () => {
    const engineers = `cn=engineers,ou=groups,${slapd.baseDn}`;
    await slapd.modify(
      `dn: ${engineers}\nchangetype: modify\nadd: description\ndescription: Those who build\n`,
    );
    const byDescription = { LDAP_GROUP_NAME_ATTRIBUTE: 'description' };
    for (const mode of [{}, searching]) {
      const named = await namesOf(place, people.alice.dn, { ...byDescription, ...mode });
      expect(named).toEqual(['Those who build', `cn=devs,ou=groups,${slapd.baseDn}`]);
      expect(await namesOf(place, people.alice.dn, { LDAP_GROUP_NAME_ATTRIBUTE: 'dn', ...mode })).toContain(
        engineers,
      );
    }
  });

  it('gives nobody the groups of an entry without a login name', async () => {
    expect(await namesOf(place, slapd.bindDn, searching)).toEqual([]);
  });

  it.each(['token-groups', 'in-chain'])('refuses %s, which only Active Directory has', async (mode) => {
    const fault = find(place, people.alice.dn, { LDAP_GROUP_MODE: mode });
    await expect(fault).rejects.toThrow(`LDAP_GROUP_MODE=${mode}`);
    await expect(fault).rejects.toMatchObject({ name: 'TruncatedAnswer', kind: 'unreadable' });
  });

  it('finds one person in one round trip, and refuses more than are wanted', async () => {
    const search = (maxEntries: number, attribute: string, value: string) =>
      place.reader.search(
        {
          baseDn: slapd.baseDn,
          scope: 'sub',
          filter: new EqualityFilter({ attribute, value }),
          attributes: [],
          maxEntries,
        },
        Deadline.in(1000),
      );
    const before = slapd.countInLog('SRCH base');
    expect(await search(2, 'uid', 'alice')).toHaveLength(1);
    await expect(search(2, 'objectClass', 'groupOfNames')).rejects.toMatchObject({ kind: 'more-entries' });
    expect(slapd.countInLog('SRCH base') - before).toBe(2);
  });

  it('asks nothing with none', async () => {
    expect(await namesOf(place, people.alice.dn, { LDAP_GROUP_MODE: 'none' })).toEqual([]);
    expect(place.reader.searches).toBe(0);
  });
});

describe('Active Directory', () => {
  let samba: SambaAd;
  let place: Place;
  const groupDn = (name: string) => `CN=${name},OU=Groups,${samba.baseDn}`;
  const { alice, juergen, gateway } = domainUsers;

  beforeAll(async () => {
    samba = await startSambaAd();
    const group = (name: string, ...member: string[]): LdifEntry => ({
      dn: groupDn(name),
      objectClass: 'group',
      sAMAccountName: name,
      member,
    });
    await samba.modify(
      ldif([
        group('devs', alice.dn),
        group('tech', groupDn('devs')),
        group('everybody', groupDn('tech')),
        group('Führungskräfte', juergen.dn),
        group('Größere', groupDn('Führungskräfte')),
        ...Array.from({ length: 120 }, (_, number) => group(`batch-${number}`, juergen.dn)),
      ]),
    );
    // The circle: everybody is in devs.
    await samba.modify(
      `dn: ${groupDn('devs')}\nchangetype: modify\nadd: member\nmember: ${groupDn('everybody')}\n`,
    );
    const { ldapsUrl: url, caFile, domain, baseDn } = samba;
    const name = `${gateway.account}@${domain}`;
    const reader = await TestReader.connect({
      url,
      ca: readFileSync(caFile),
      name,
      password: gateway.password,
    });
    place = { reader, baseDn };
  }, 180_000);
  afterAll(async () => {
    await place?.reader.close();
    await samba?.remove();
  });

  const ofAlice = ['devs', 'engineers', 'everybody', 'staff', 'tech'];
  const tokenGroups = { LDAP_GROUP_MODE: 'token-groups' };
  const inChain = { LDAP_GROUP_MODE: 'in-chain' };

  it.each([
    ['memberof', { LDAP_GROUP_NESTED: 'true' }],
    ['search', { LDAP_GROUP_MODE: 'search', LDAP_GROUP_NESTED: 'true' }],
    ['in-chain', inChain],
    ['token-groups', { ...tokenGroups, LDAP_GROUP_BASE_DN: 'OU=Groups,DC=ad,DC=example,DC=org' }],
  ])('finds the groups in groups by %s, also in a circle', async (_, variables) => {
    expect(await namesOf(place, alice.dn, variables)).toEqual(ofAlice);
  });

  it('finds the primary group by token-groups', async () => {
    expect(await namesOf(place, alice.dn, tokenGroups)).toEqual(
      expect.arrayContaining([...ofAlice, 'Domain Users']),
    );
    expect(await namesOf(place, alice.dn, inChain)).not.toContain('Domain Users');
  });

  it.each([
    ['memberof', { LDAP_GROUP_NESTED: 'true' }],
    ['in-chain', inChain],
    ['token-groups', tokenGroups],
  ])('finds many groups, and odd names, by %s', async (_, variables) => {
    const names = await namesOf(place, juergen.dn, variables);
    expect(names).toEqual(expect.arrayContaining(['Führungskräfte', 'Größere', 'batch-0', 'batch-119']));
    expect(names.length).toBeGreaterThanOrEqual(122);
  });

  it('reads tokenGroups and resolves them in few searches', async () => {
    await find(place, juergen.dn, tokenGroups);
    // One for the list, and one for each 50 of 122 groups and some built-in ones.
    expect(place.reader.searches).toBe(1 + 3);
  });

  it('follows the ranges of a long attribute to their end', async () => {
    const entry = await place.reader.entry(juergen.dn, ['memberOf;range=0-49']);
    expect(entry.texts('memberOf')).toHaveLength(121);
    expect(new Set(entry.texts('memberOf')).size).toBe(121);
  });

  it.each([
    ['memberof', { LDAP_GROUP_NESTED: 'true', LDAP_GROUP_BASE_DN: 'DC=ad,DC=example,DC=org' }],
    ['search', { LDAP_GROUP_MODE: 'search' }],
    ['in-chain', inChain],
    ['token-groups', tokenGroups],
  ])('finds somebody in a group of thousands by %s', async (_, variables) => {
    const { crowded } = domainUsers;
    expect(await namesOf(place, crowded.dn, variables)).toContain('crowd');
    const crowd = await place.reader.entry(`CN=crowd,OU=Crowd,${samba.baseDn}`, ['member']);
    expect(crowd.texts('member')).toHaveLength(largeGroupSize);
    const inRanges = await place.reader.entry(`CN=crowd,OU=Crowd,${samba.baseDn}`, ['member;range=0-1499']);
    expect(new Set(inRanges.texts('member')).size).toBe(largeGroupSize);
  });

  it('does not follow the referrals of the domain root, and tells them', async () => {
    place.reader.referrals.length = 0;
    expect(await namesOf(place, alice.dn, inChain)).toEqual(ofAlice);
    expect(place.reader.referrals).toEqual(
      expect.arrayContaining([expect.stringContaining('ldaps://ad.example.org/CN=Configuration')]),
    );
  });

  it.each([
    ['LDAP_GROUP_MAX', { LDAP_GROUP_MAX: '4', ...tokenGroups }],
    ['LDAP_GROUP_MAX', { LDAP_GROUP_MAX: '4', ...inChain }],
    ['LDAP_GROUP_MAX_DEPTH', { LDAP_GROUP_MAX_DEPTH: '2', LDAP_GROUP_NESTED: 'true' }],
  ])('fails at the limit %s with %j', async (setting, variables) => {
    await expect(find(place, alice.dn, variables)).rejects.toThrow(setting);
  });
});
