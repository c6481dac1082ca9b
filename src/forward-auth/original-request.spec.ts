import { type AskingRequest, goesToPage, originalRequest } from './original-request';

const asking = (request: Partial<AskingRequest>): AskingRequest => ({
  ...{ headers: {}, method: 'GET', url: '/api/auth/verify', protocol: 'https', host: 'wiki.example.org' },
  ...request,
});

describe('the request that a proxy asks about', () => {
  it('is read from X-Original-URL and X-Original-Method', () => {
    const headers = { 'x-original-url': 'https://wiki.example.org/a?b', 'x-original-method': 'POST' };
    const read = originalRequest(asking({ headers }));
    expect(read).toEqual({ method: 'POST', address: 'https://wiki.example.org/a?b' });
  });

  it('is read from X-Forwarded-Uri with the scheme and the host', () => {
    const headers = { 'x-forwarded-uri': '/a?b', 'x-forwarded-method': 'GET' };
    const read = originalRequest(asking({ headers }));
    expect(read).toEqual({ method: 'GET', address: 'https://wiki.example.org/a?b' });
  });

  it('is read from the path after the prefix, with the method as it came', () => {
    const read = originalRequest(asking({ method: 'PUT', url: '/api/auth/verify/ext-authz/a?b=/c' }));
    expect(read).toEqual({ method: 'PUT', address: 'https://wiki.example.org/a?b=/c' });
  });

  it('is not known from a path that is none, from an empty header, or from nothing', () => {
    expect(originalRequest(asking({ headers: { 'x-forwarded-uri': '@evil.example/' } }))).toBeUndefined();
    expect(originalRequest(asking({ headers: { 'x-original-url': '' } }))).toBeUndefined();
    expect(originalRequest(asking({}))).toBeUndefined();
  });
});

describe('somebody goes to a page', () => {
  const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const ofBrowser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const goes = (headers: AskingRequest['headers'], method: string | undefined = 'GET') =>
    goesToPage({ method, address: 'https://wiki.example.org/' }, headers);

  it.each([
    ['a navigation', navigation],
    ['a navigation without a destination', { 'sec-fetch-mode': 'navigate' }],
    ['a navigation that takes anything', { ...navigation, accept: '*/*' }],
    ['a browser without Fetch Metadata', { accept: ofBrowser }],
    ['a plain text/html', { accept: 'text/html' }],
  ])('with %s', (_case, headers) => {
    expect(goes(headers)).toBe(true);
  });

  it.each([
    ['a fetch', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: ofBrowser }],
    ['a fetch of the own origin', { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty' }],
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: ofBrowser }],
    ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', accept: ofBrowser }],
    ['a WebSocket', { 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'empty' }],
    ['a destination alone that is none', { 'sec-fetch-dest': 'empty', accept: ofBrowser }],
    ['XMLHttpRequest of an old browser', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
    ['an API call', { accept: 'application/json' }],
    ['one that takes JSON rather', { accept: 'application/json, text/html;q=0.9' }],
    ['a program that takes anything', { accept: '*/*' }],
    ['a program that says nothing', {}],
  ])('not with %s', (_case, headers) => {
    expect(goes(headers)).toBe(false);
  });

  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'get', ''])('not with the method %j', (method) => {
    expect(goes(navigation, method)).toBe(false);
  });

  it('not where the proxy does not tell the method', () => {
    expect(goesToPage({ method: undefined, address: 'https://wiki.example.org/' }, navigation)).toBe(false);
  });
});
