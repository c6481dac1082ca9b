import type { Identity } from '../../strategies/identity';
import { identityDn, identityEntry, identityName, userAttributes } from './user-attributes';

const identity: Identity = {
  subject: 'file:1',
  username: 'jimbob',
  displayName: 'Jim Bob',
  givenName: 'Jim',
  familyName: 'Bob',
  groups: ['staff', 'engineers'],
  roles: [],
  attributes: { title: ['Engineer'] },
  strategy: 'file',
};

describe('an entry made of an identity', () => {
  it('has everything for *, and only what was named otherwise', () => {
    expect(userAttributes(identityEntry(identity, ['*']))).toEqual({
      _dn: 'uid=jimbob,ou=file',
      title: ['Engineer'],
      objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
      uid: ['jimbob'],
      cn: ['Jim Bob'],
      sn: ['Bob'],
      givenName: ['Jim'],
      displayName: ['Jim Bob'],
      isMemberOf: ['staff', 'engineers'],
    });
    expect(identityEntry(identity, ['+', 'SN', 'mail', 'unknown']).attributes).toEqual({
      sn: ['Bob'],
      entryDN: ['uid=jimbob,ou=file'],
    });
    expect(identityEntry(identity, [])).toEqual({ dn: 'uid=jimbob,ou=file', attributes: {} });
  });

  it('keeps a DN that is known from elsewhere', () => {
    const dn = 'uid=jimbob,dc=example,dc=com';
    expect(identityEntry(identity, ['entrydn'], dn)).toEqual({ dn, attributes: { entryDN: [dn] } });
  });

  it.each(['jimbob', 'we,i+rd', 'a=b', ' blank ', '#x', 'back\\slash', 'jürgen 漢'])(
    'has a DN from which the name %j can be read again',
    (username) => {
      const named = { username, strategy: 'ldap.partners' };
      expect(identityName(identityDn(named))).toEqual(named);
    },
  );

  it.each(['uid=a', 'uid=a,ou=b,dc=c', 'cn=a,ou=b', 'uid=a,o=b', 'uid=a+cn=b,ou=c', 'a', ''])(
    'is not what %j names',
    (dn) => {
      expect(identityName(dn)).toBeUndefined();
    },
  );
});
