import { ownName, parseTypedName } from './typed-name';

describe('parseTypedName', () => {
  it.each([
    ['alice', { account: 'alice' }],
    [' alice ', { account: 'alice' }],
    ['alice@ad.example.org', { account: 'alice', domain: { form: 'upn', name: 'ad.example.org' } }],
    ['a@b@ad.example.org', { account: 'a@b', domain: { form: 'upn', name: 'ad.example.org' } }],
    ['EXAMPLE\\alice', { account: 'alice', domain: { form: 'netbios', name: 'EXAMPLE' } }],
    ['EXAMPLE\\alice@x', { account: 'alice@x', domain: { form: 'netbios', name: 'EXAMPLE' } }],
    ['', { account: '' }],
    ['@x', { account: '', domain: { form: 'upn', name: 'x' } }],
  ])('%j', (typed, expected) => expect(parseTypedName(typed)).toEqual(expected));
});

describe('ownName', () => {
  const own = { domain: 'ad.example.org', netbiosDomain: 'EXAMPLE' };

  it.each([
    ['alice', { account: 'alice', certain: false }],
    [' alice@AD.Example.org ', { account: 'alice', certain: true, principalName: 'alice@AD.Example.org' }],
    ['example\\alice', { account: 'alice', certain: true }],
    ['alice@partners.example.org', undefined],
    ['OTHER\\alice', undefined],
    ['EXAMPLE\\', undefined],
    ['@ad.example.org', undefined],
    ['EXAMPLE\\OTHER\\alice', undefined],
    ['  ', undefined],
  ])('%j in a directory with both names', (typed, expected) => expect(ownName(typed, own)).toEqual(expected));

  it('leaves user@domain whole where the directory has no domain, and refuses DOMAIN\\user there', () => {
    expect(ownName('alice@example.org', {})).toEqual({ account: 'alice@example.org', certain: false });
    expect(ownName('EXAMPLE\\alice', {})).toBeUndefined();
    expect(ownName('alice', {})).toEqual({ account: 'alice', certain: false });
  });
});
