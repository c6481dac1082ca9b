import { handsOutCookie, renewedCookie } from './cookie-renewal';

const idleMs = 40_000;
const opened = { createdAtMs: 1_000_000 };

describe('the cookie of a session that lives by being used', () => {
  it('is due once a quarter of its life has passed, counted from when it was last handed out', () => {
    expect(renewedCookie(opened, 1_009_999, idleMs)).toEqual({});
    expect(renewedCookie(opened, 1_010_000, idleMs)).toEqual({ cookieRenewedAtMs: 1_010_000 });
    const renewed = { ...opened, cookieRenewedAtMs: 1_030_000 };
    expect(renewedCookie(renewed, 1_039_999, idleMs)).toEqual({});
    expect(renewedCookie(renewed, 1_040_000, idleMs)).toEqual({ cookieRenewedAtMs: 1_040_000 });
  });

  it('is in the answers of the second in which it was due, and in no other', () => {
    const renewed = { ...opened, cookieRenewedAtMs: 1_030_000 };
    expect([0, 999, 1000].map((ms) => handsOutCookie(renewed, 1_030_000 + ms))).toEqual([true, true, false]);
    expect(handsOutCookie(opened, 1_000_000)).toBe(false);
  });
});
