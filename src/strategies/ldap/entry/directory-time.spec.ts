import { filetimeMs, generalizedTimeMs } from './directory-time';

describe('filetimeMs', () => {
  it.each([
    ['132223104000000000', '2020-01-01T00:00:00.000Z'],
    ['116444736000000000', '1970-01-01T00:00:00.000Z'],
  ])('reads %s', (text, time) => {
    expect(filetimeMs(text)).toBe(Date.parse(time));
  });

  it.each(['0', '9223372036854775807', '9999999999999999999', '-1', '', 'never', undefined])(
    'takes %s for never',
    (text) => expect(filetimeMs(text)).toBeUndefined(),
  );
});

describe('generalizedTimeMs', () => {
  it.each([
    ['20200102030405Z', '2020-01-02T03:04:05.000Z'],
    ['202001020304Z', '2020-01-02T03:04:00.000Z'],
    ['2020010203Z', '2020-01-02T03:00:00.000Z'],
    ['20200102030405.678Z', '2020-01-02T03:04:05.000Z'],
    ['20200102030405+0130', '2020-01-02T01:34:05.000Z'],
    ['20200102030405-05', '2020-01-02T08:04:05.000Z'],
  ])('reads %s', (text, time) => {
    expect(generalizedTimeMs(text)).toBe(Date.parse(time));
  });

  it.each(['2020', '20200102030405', 'soon', '', undefined])('knows that %s is none', (text) =>
    expect(generalizedTimeMs(text)).toBeUndefined(),
  );
});
