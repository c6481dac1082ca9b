import { spellings, secretsIn } from './support/canaries';

// The tests with canaries are worth what this search finds.
const secret = 'Cnry "ñ/+&%?\\ >pass';
const secrets = { password: secret };

describe('the search for secrets', () => {
  it.each([
    ['plain', `a ${secret} b`],
    ['JSON-escaped', JSON.stringify({ secret })],
    ['JSON-escaped', String.raw`Cnry \"\u00f1/+&%?\\ >pass`],
    ['URL-encoded', `?password=${encodeURIComponent(secret)}&b=1`],
    ['URL-encoded', new URLSearchParams({ secret }).toString()],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64', Buffer.from(`a:${secret}b`).toString('base64')],
    ['base64', Buffer.from(`al:${secret}`).toString('base64')],
    ['base64', Buffer.from(`ali:${secret}xy`).toString('base64')],
    ['base64url', Buffer.from(`{"a":"${secret}"}`).toString('base64url')],
    ['hex', `0x${Buffer.from(secret).toString('hex')}`],
    ['hex', Buffer.from(secret).toString('hex').toUpperCase()],
  ])('finds one that is %s', (spelling, place) => {
    expect(secretsIn(place, secrets)).toContain(`password (${spelling})`);
  });

  it('finds one in UTF-16LE at any place of bytes', () => {
    const place = Buffer.concat([Buffer.alloc(7, 255), Buffer.from(`"${secret}"`, 'utf16le')]);
    expect(secretsIn(place, secrets)).toEqual(['password (UTF-16LE)']);
  });

  it('finds nothing where there is nothing', () => {
    const near = [secret.slice(1), secret.slice(0, -1), secret.toLowerCase()].join(' ');
    expect(secretsIn(near, secrets)).toEqual([]);
    expect(Object.keys(spellings)).toHaveLength(7);
  });
});
