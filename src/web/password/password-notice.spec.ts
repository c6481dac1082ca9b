import { daysFrom, daysToTell } from './password-notice';

const day = 24 * 60 * 60;

describe('the days that a password still lives', () => {
  it.each([
    [undefined, undefined],
    [14 * day, undefined],
    [14 * day - 1, 13],
    [day, 1],
    [day - 1, 0],
    [-5, 0],
  ])('%s seconds are told as %s', (secondsUntilExpiration, days) => {
    const state = secondsUntilExpiration === undefined ? {} : { secondsUntilExpiration };
    expect(daysToTell({ mustChange: false, ...state })).toBe(days);
  });

  it('come back from an address only as daysToTell wrote them', () => {
    expect(['0', '13'].map(daysFrom)).toEqual([0, 13]);
    expect(
      [undefined, '', '14', '-1', '1e0', '007', ' 1'].map(daysFrom).filter((days) => days !== undefined),
    ).toEqual([]);
  });
});
