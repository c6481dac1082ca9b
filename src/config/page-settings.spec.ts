import { isWebOrigin, pageSettings } from './page-settings';

describe('the settings of the pages', () => {
  it('take a colour in hexadecimal digits alone, because it is written into a style', () => {
    expect(pageSettings.PAGE_COLOR.parse('#A1b2C3')).toBe('#a1b2c3');
    for (const text of ['red', '#fff', '#1d5fb4;}', '1d5fb4', '#1d5fb4 ', '#gggggg']) {
      expect(() => pageSettings.PAGE_COLOR.parse(text)).toThrow('must be a colour');
    }
  });

  it('take a name that fits a heading', () => {
    expect(pageSettings.PAGE_NAME.parse('Müller & Söhne <GmbH>')).toBe('Müller & Söhne <GmbH>');
    expect(() => pageSettings.PAGE_NAME.parse('x'.repeat(101))).toThrow('100 characters');
    expect(() => pageSettings.PAGE_NAME.parse('a\nb')).toThrow('control characters');
  });

  it('know the origin of a page of the web', () => {
    expect(['https://a.example', 'http://a.example:8080'].map(isWebOrigin)).toEqual([true, true]);
    const others = ['https://a.example/', 'https://*.example', 'https://u@a.example', 'app://a', 'a.example'];
    expect(others.filter(isWebOrigin)).toEqual([]);
  });
});
