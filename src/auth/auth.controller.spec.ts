import { ValidationPipe } from '@nestjs/common';
import fc from 'fast-check';
import { LoginBody, RefreshTokenBody } from './auth.controller';
import { longestPassword, longestUsername } from './credential-fields';
import { longestRefreshToken } from './presented-tokens';

const pipe = new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true });

/** Whether the decorators take a body, and leave nothing of it out. */
async function isTaken(
  body: unknown,
  metatype: typeof LoginBody | typeof RefreshTokenBody = RefreshTokenBody,
): Promise<boolean> {
  try {
    const taken: unknown = await pipe.transform(body, { type: 'body', metatype });
    return JSON.stringify(taken) === JSON.stringify(body);
  } catch {
    return false;
  }
}

describe('the usual body of a refresh', () => {
  it('is one with a token and nothing else', async () => {
    const body = { refresh_token: 'x'.repeat(longestRefreshToken) };
    expect(RefreshTokenBody.isUsual(body)).toBe(true);
    expect(await isTaken(body)).toBe(true);
  });

  it.each([
    [undefined, null, 'text', 7, [], {}],
    [{ refresh_token: 7 }, { refresh_token: ['x'] }, { refresh_token: null }],
    [{ refresh_token: 'x', other: 1 }, { other: 1 }],
    [{ refresh_token: 'x'.repeat(longestRefreshToken + 1) }],
  ])('is none of these (%#)', (...bodies: readonly unknown[]) => {
    for (const body of bodies) expect(RefreshTokenBody.isUsual(body)).toBe(false);
  });

  it('is never one that the decorators would not take as it is', async () => {
    const member = fc.constantFrom('refresh_token', 'other', '__proto__', 'constructor');
    const value = fc.oneof(fc.string(), fc.anything());
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.dictionary(member, value), fc.anything()), async (body) => {
        if (RefreshTokenBody.isUsual(body)) expect(await isTaken(body)).toBe(true);
      }),
    );
  });
});

describe('the usual body of a login', () => {
  it.each([
    [{ username: 'alice', password: 'secret' }],
    [{ usuario: 'alice', contrasenia: ' ' }],
    [{ password: 'x'.repeat(longestPassword), username: 'x'.repeat(longestUsername) }],
    [{ username: 'alice', password: 'secret', token_delivery: 'body' }],
    [{ usuario: 'alice', contrasenia: 'secret', token_delivery: 'cookie' }],
  ])('is such a one (%#)', async (body) => {
    expect(LoginBody.isUsual(body)).toBe(true);
    expect(await isTaken(body, LoginBody)).toBe(true);
  });

  it.each([
    [undefined, null, 'text', 7, [], {}, ['alice', 'secret']],
    [{ username: 'alice' }, { password: 'secret' }, { username: 'alice', contrasenia: 'secret' }],
    [
      { username: '', password: 'secret' },
      { username: ' ', password: 'secret' },
      { username: 'alice', password: '' },
    ],
    [
      { username: 7, password: 'secret' },
      { username: 'alice', password: ['secret'] },
    ],
    [{ username: 'x'.repeat(longestUsername + 1), password: 'secret' }],
    [{ username: 'alice', password: 'x'.repeat(longestPassword + 1) }],
    [{ username: 'alice', password: 'secret', token_delivery: 'post' }],
    [
      { username: 'alice', password: 'secret', strategy: 'ldap' },
      { username: 'alice', password: 'secret', usuario: 'bob' },
      { username: 'alice', password: 'secret', usuario: 'bob', contrasenia: 'other' },
    ],
  ])('is none of these (%#)', (...bodies: readonly unknown[]) => {
    for (const body of bodies) expect(LoginBody.isUsual(body)).toBe(false);
  });

  it('is never one that the decorators would not take as it is', async () => {
    const names = [
      'username',
      'password',
      'usuario',
      'contrasenia',
      'token_delivery',
      'strategy',
      'toString',
    ];
    const value = fc.oneof(fc.string(), fc.constantFrom('cookie', 'body', '', ' '), fc.anything());
    const body = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 });
    let usual = 0;
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        if (!LoginBody.isUsual(given)) return;
        usual++;
        expect(await isTaken(given, LoginBody)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(usual).toBeGreaterThan(10);
  });
});
