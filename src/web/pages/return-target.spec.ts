import type { ReturnSettings } from '../../auth/return-address';
import { returnTarget } from './return-target';

const settings: ReturnSettings = {
  PAGES: true,
  STRATEGIES: ['file'],
  EXTERNAL_AUTH_MODE: 'sign',
  PORT: 3000,
  LOGIN_PAGE_URL: undefined,
  JWT_ISSUER: 'https://sso.example.org',
  ALLOWED_ORIGINS: [],
  RETURN_ORIGINS: ['https://wiki.example.org'],
};

describe('where a login leads back', () => {
  it.each([
    ['/account?a=1#b', '/account?a=1#b'],
    ['/a/../b', '/b'],
    ['https://sso.example.org/account', 'https://sso.example.org/account'],
    ['https://wiki.example.org', 'https://wiki.example.org/'],
    ['https://evil.example/', undefined],
    ['//evil.example', undefined],
    ['/.//evil.example', undefined],
    ['javascript:alert(1)', undefined],
  ])('%s is %s', (text, expected) => {
    expect(returnTarget(text, settings)).toBe(expected);
  });

  it('may be an own path where no setting tells the own origin, and never shows what stands in for it', () => {
    const nameless = { ...settings, JWT_ISSUER: 'a-name' };
    expect(returnTarget('/account?a=1', nameless)).toBe('/account?a=1');
    expect(returnTarget('/.//evil.example', nameless)).toBeUndefined();
    expect(returnTarget('http://unknown.invalid/x', nameless)).toBe('/x');
    expect(returnTarget('http://unknown.invalid/x', settings)).toBeUndefined();
  });
});
