import { type ErrorCode, errorDefinitions } from '../common/error-codes';
import { GatehouseError } from '../common/gatehouse-error';
import { isJsonObject } from '../common/json-pointer';
import { oauthErrorNames, oauthErrorReply, oauthErrors } from './oauth-errors';

const codes = Object.keys(errorDefinitions).filter((name): name is ErrorCode => name in errorDefinitions);

describe('oauthErrorReply', () => {
  it.each(codes)('writes %s in the words and letters of RFC 6749', (code) => {
    const text = { es: 'ñ', en: 'a "quoted\\ text", ñ\n' };
    const { status, headers, body: written } = oauthErrorReply(new GatehouseError(code, { text }));
    const body = isJsonObject(written) ? written : {};
    expect(oauthErrorNames).toContain(body['error']);
    expect(body['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(Object.keys(body)).toEqual(['error', 'error_description']);
    const asked = code.startsWith('REFRESH_TOKEN_') ? 400 : errorDefinitions[code].status;
    expect(status).toBe(asked);
    expect(headers['WWW-Authenticate'] ?? '').not.toContain('\n');
  });

  it('names each faulty field', () => {
    const fields = [{ campo: 'grant_type', text: { es: 'es obligatorio', en: 'is required' } }];
    expect(oauthErrorReply(new GatehouseError('VALIDATION_ERROR', { fields })).body).toEqual({
      error: 'invalid_request',
      error_description: 'The submitted data is not valid: grant_type is required',
    });
  });

  it('keeps the status and the wait of an outage', () => {
    const { status, headers } = oauthErrorReply(new GatehouseError('SERVICE_UNAVAILABLE'));
    expect([status, headers['Retry-After']]).toEqual([503, '5']);
  });

  it('is for the paths below /oidc alone', () => {
    const paths = ['/oidc', '/oidc/token', '/oidcs', '/api/oidc/x', '/.well-known/openid-configuration'];
    expect(paths.map((path) => oauthErrors.paths.test(path))).toEqual([true, true, false, false, false]);
  });
});
