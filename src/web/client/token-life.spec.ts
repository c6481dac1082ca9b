import { leadMs, lifeMs, pauseMs, usableMs } from './token-life';

function tokenWith(claims: object): string {
  const text = btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `e30.${text}.c2ln`;
}

describe('the life of a token', () => {
  it.each([
    ['by the answer', tokenWith({}), 900, 900_000],
    [
      'by its own claims, whenever they were written',
      tokenWith({ iat: 4_000_000_000, exp: 4_000_000_060 }),
      undefined,
      60_000,
    ],
    ['by the shorter one', tokenWith({ iat: 100, exp: 160 }), 900, 60_000],
    ['by the answer, where the claims make no sense', tokenWith({ iat: 160, exp: 100 }), 900, 900_000],
    ['by the answer, where the token is no JWT', 'opaque', 900, 900_000],
    ['without an end, where nothing tells', 'opaque', undefined, Infinity],
    ['without an end, where the claims are no object', `e30.${btoa('null')}.c2ln`, undefined, Infinity],
  ])('is told %s', (_case, token, expiresInSeconds, expected) => {
    expect(lifeMs(token, expiresInSeconds)).toBe(expected);
  });

  it('reads base64url', () => {
    const token = tokenWith({ name: '???>>>ÿÿ', iat: 0, exp: 5 });
    expect(token).toMatch(/[-_]/);
    expect(lifeMs(token, undefined)).toBe(5000);
  });
});

describe('a token', () => {
  it('is sent until 10 s before its end, and renewed a minute earlier', () => {
    expect([usableMs(900_000), leadMs(890_000)]).toEqual([890_000, 60_000]);
  });

  it('of a short life has its share of it', () => {
    expect([usableMs(20_000), leadMs(18_000)]).toEqual([18_000, 4_500]);
    expect([usableMs(Infinity), leadMs(Infinity)]).toEqual([Infinity, 60_000]);
  });
});

describe('the pauses after failures', () => {
  it('grow up to 5 minutes and differ from browser to browser', () => {
    expect([1, 2, 3, 8, 9, 500].map((failures) => pauseMs(failures, undefined, 0))).toEqual([
      ...[2_000, 4_000, 8_000, 256_000, 300_000, 300_000],
    ]);
    expect(pauseMs(2, undefined, 1)).toBe(5_000);
  });

  it('are never shorter than the gateway asks for', () => {
    expect([pauseMs(1, 120, 0), pauseMs(9, 120, 1)]).toEqual([120_000, 150_000]);
  });
});
