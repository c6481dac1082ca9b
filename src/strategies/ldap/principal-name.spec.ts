import { accountInDomain } from './principal-name';

describe('accountInDomain', () => {
  it.each([
    ['alice', 'alice'],
    [' alice ', 'alice'],
    ['alice@ad.example.org', 'alice'],
    ['Alice@AD.Example.ORG', 'Alice'],
    ['EXTERNAL', 'EXTERNAL'],
    ['alice@other.org', undefined],
    ['alice@sub.ad.example.org', undefined],
    ['alice@ad.example.org@ad.example.org', undefined],
    ['bob@x@ad.example.org', undefined],
    ['EXAMPLE\\alice', undefined],
    ['@ad.example.org', undefined],
    ['', undefined],
  ])('takes %j for %j', (typed, account) => {
    expect(accountInDomain(typed, 'AD.example.org')).toBe(account);
  });
});
