import { type ErrorCode, errorDefinitions } from '../../common/error-codes';
import { GatehouseError } from '../../common/gatehouse-error';
import { isJsonObject } from '../../common/json-pointer';
import { genAuthErrors } from './envelope';

const options = { locale: 'es', requestId: 'request-1', asProblem: true } as const;
const request = { method: 'POST', url: '/api/v3/signin', headers: {}, body: undefined };

function written(code: ErrorCode, more = {}) {
  const { body, ...reply } = genAuthErrors.write(new GatehouseError(code, more), options, request);
  return { ...reply, body: isJsonObject(body) ? body : {} };
}

describe('errors under /api/v3/', () => {
  it.each<[ErrorCode, number, number | undefined]>([
    ['ACCOUNT_LOCKED', 403, 2005],
    ['ACCOUNT_DISABLED', 403, 2120008],
    ['ACCOUNT_EXPIRED', 403, 2120008],
    ['PASSWORD_EXPIRED', 403, 2058],
    ['PASSWORD_MUST_CHANGE', 403, 2058],
    ['LOGON_NOT_ALLOWED', 403, undefined],
    ['PASSWORD_REJECTED', 422, undefined],
    ['INVALID_CLIENT', 401, 2011],
    ['INTERNAL_ERROR', 500, undefined],
  ])('%s', (code, statusCode, apiCode) => {
    const { status, body } = written(code);
    expect([status, body['statusCode'], body['apiCode']]).toEqual([200, statusCode, apiCode]);
    expect(body['message']).toBe(errorDefinitions[code].text.en);
  });

  it('have no statusCode that clients do not know', () => {
    const known = [400, 401, 402, 403, 404, 409, 413, 422, 429, 499, 500, 501, 502, 503];
    const codes = Object.keys(errorDefinitions).filter((code): code is ErrorCode => code in errorDefinitions);
    expect(
      codes.map((code) => written(code).body['statusCode']).filter((one) => !known.includes(Number(one))),
    ).toEqual([]);
  });

  it('keep the headers of limits and outages, and no others', () => {
    const headers = { 'RateLimit-Reset': '7', Allow: 'GET', 'WWW-Authenticate': 'Basic' };
    const limited = written('TOO_MANY_REQUESTS', { headers, retryAfterSeconds: 7 });
    expect(limited.headers).toMatchObject({
      'Retry-After': '7',
      'RateLimit-Reset': '7',
      'Content-Language': 'en',
    });
    expect(Object.keys(limited.headers)).not.toEqual(expect.arrayContaining(['Allow']));
    expect(Object.keys(limited.headers)).not.toEqual(expect.arrayContaining(['WWW-Authenticate']));
    expect(written('SERVICE_UNAVAILABLE').headers['Retry-After']).toBe('5');
  });

  it('are those of their own paths alone', () => {
    const { paths } = genAuthErrors;
    expect(
      ['/api/v3', '/api/v3/', '/api/v3/x', '/api/v30', '/x/api/v3/'].map((path) => paths.test(path)),
    ).toEqual([...[true, true, true], ...[false, false]]);
  });
});
