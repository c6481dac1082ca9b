import { deviceName } from './device-name';
import { shownText } from './shown-text';

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const chrome = `${webKit} Chrome/140.0.0.0`;

describe('deviceName', () => {
  it.each([
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Chrome on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36`],
    ['Edge on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 Edg/140.0.0.0`],
    ['Opera on macOS', `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${chrome} Safari/537.36 OPR/120.0`],
    ['Chrome on Android', `Mozilla/5.0 (Linux; Android 10; K) ${chrome} Mobile Safari/537.36`],
    [
      'Samsung Internet on Android',
      `Mozilla/5.0 (Linux; Android 10; K) ${webKit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    ],
    [
      'Safari on iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
        'Version/18.6 Mobile/15E148 Safari/604.1',
    ],
    [
      'Chrome on iPad',
      'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
        'CriOS/140.0.0.0 Mobile/15E148 Safari/604.1',
    ],
    ['Chrome on ChromeOS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${chrome} Safari/537.36`],
    ['Firefox', 'Mozilla/5.0 (Haiku; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['okhttp/4 (Linux; Android 14) Chrome/1', 'okhttp/4 (Linux; Android 14) Chrome/1'],
    ['Mozilla/5.0 (Something else)', 'Mozilla/5.0 (Something else)'],
    ['Unknown device', ' '],
    [`${'a'.repeat(60)}…`, 'a'.repeat(256)],
  ])('is %s', (name, userAgent) => {
    expect(deviceName(userAgent, 'en')).toBe(name);
  });

  it('is in the language of the page', () => {
    expect(deviceName('Mozilla/5.0 (X11; Linux) Firefox/140.0', 'es')).toBe('Firefox en Linux');
    expect(deviceName('', 'es')).toBe('Dispositivo desconocido');
  });
});

describe('shownText', () => {
  it('leaves out what is not seen or turns a text over, and breaks no character in two', () => {
    expect(shownText('al\u202eice\u0000\n\u2067x')).toBe('alicex');
    expect(shownText('😀😀😀', 2)).toBe('😀😀…');
    expect(shownText('Ángström', 8)).toBe('Ángström');
  });
});
