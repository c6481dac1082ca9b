import { makeKnownUnchanging } from '../common/unchanging';
import { type Identity, reservedClaims } from '../strategies/identity';
import {
  KnownMemberships,
  membershipClaims,
  personClaims,
  parseAccessTokenClaims,
} from './access-token-claims';

const identity = (groups: string[], roles: string[]): Identity => ({
  subject: 'file:1',
  username: 'alice',
  groups,
  roles,
  attributes: {},
  strategy: 'file',
});

describe('KnownMemberships', () => {
  it('remembers what it says of somebody who cannot change', () => {
    const known = new KnownMemberships(2048);
    const person = identity(['g1'], ['r1']);
    makeKnownUnchanging(person);
    expect(known.of(person)).toEqual(membershipClaims(person, 2048));
    expect(known.of(person)).toBe(known.of(person));
  });

  it('looks anew at somebody who may have changed', () => {
    const known = new KnownMemberships(2048);
    const person = Object.freeze({ ...identity(['g1'], []), roles: ['r1'] });
    expect(known.of(person).roles).toEqual(['r1']);
    person.roles.push('r2');
    expect(known.of(person).roles).toEqual(['r1', 'r2']);
  });
});

describe('membershipClaims', () => {
  it('holds what fits, roles first', () => {
    expect(membershipClaims(identity(['g1', 'g2'], ['r1']), 2048)).toEqual({
      groups: ['g1', 'g2'],
      roles: ['r1'],
    });
  });

  it('names a list that does not fit and never shortens it', () => {
    const many = Array.from({ length: 500 }, (_, n) => `group-${n}`);
    expect(membershipClaims(identity(many, ['r1']), 2048)).toEqual({
      roles: ['r1'],
      claims_omitted: ['groups'],
    });
    expect(membershipClaims(identity(['g'], many), 2048)).toEqual({
      groups: ['g'],
      claims_omitted: ['roles'],
    });
  });

  it('counts bytes, not characters, to the byte', () => {
    expect(membershipClaims(identity(['ää'], []), 8)).toEqual({ groups: ['ää'] });
    expect(membershipClaims(identity(['ää'], []), 7)).toEqual({ claims_omitted: ['groups'] });
  });

  it('adds the claims of the source after them, in the same room', () => {
    const claims = { department: 'R&D', sites: ['a', 'b'], long: 'x'.repeat(100) };
    expect(membershipClaims({ ...identity(['g'], ['r']), claims }, 64)).toEqual({
      roles: ['r'],
      groups: ['g'],
      department: 'R&D',
      sites: ['a', 'b'],
      claims_omitted: ['long'],
    });
  });

  it.each([...reservedClaims])('never takes %s from the source', (name) => {
    const claimed = { ...identity([], ['r']), claims: { [name]: 'forged', ok: '1' } };
    expect(membershipClaims(claimed, 2048)).toEqual({ roles: ['r'], ok: '1' });
  });

  it('reserves every claim that the gateway itself gives', () => {
    const own = ['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti', 'sid', 'auth_time', 'claims_omitted'];
    const whole = {
      ...identity(['g'], ['r']),
      displayName: 'n',
      givenName: 'g',
      familyName: 'f',
      email: 'e',
    };
    const given = Object.keys({ ...personClaims(whole), ...membershipClaims(whole, 2048) });
    expect([...own, ...given].filter((name) => !reservedClaims.has(name))).toEqual([]);
  });

  it('says nothing of empty lists, also without any room', () => {
    expect(membershipClaims(identity([], []), 0)).toEqual({});
  });
});

describe('parseAccessTokenClaims', () => {
  const whole = {
    iss: 'i',
    aud: 'a',
    sub: 's',
    client_id: 'c',
    jti: 'j',
    sid: 'x',
    iat: 1,
    exp: 2,
    auth_time: 1,
  };

  it('takes a whole payload', () => expect(parseAccessTokenClaims(whole)).toEqual(whole));

  it.each(Object.keys(whole))('refuses one without %s, or with another type', (name) => {
    expect(parseAccessTokenClaims({ ...whole, [name]: undefined })).toBeUndefined();
    expect(parseAccessTokenClaims({ ...whole, [name]: ['x'] })).toBeUndefined();
  });

  it.each([null, 'text', 7, undefined])('refuses %s', (payload) => {
    expect(parseAccessTokenClaims(payload)).toBeUndefined();
  });
});
