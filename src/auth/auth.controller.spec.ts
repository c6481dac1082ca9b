import { ValidationPipe } from '@nestjs/common';
import fc from 'fast-check';
import { RefreshTokenBody } from './auth.controller';
import { longestRefreshToken } from './presented-tokens';

const pipe = new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true });
const metadata = { type: 'body', metatype: RefreshTokenBody } as const;

/** Whether the decorators take a body, and leave nothing of it out. */
async function isTaken(body: unknown): Promise<boolean> {
  try {
    const taken: unknown = await pipe.transform(body, metadata);
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
