import { DoctorCli, failed, stepOf } from './support/doctor-cli';
import { json, ServiceBench } from './support/doctored-service';

const cli = new DoctorCli();
const bench = new ServiceBench();
const loginPath = '/api/AuthJWT/Login';

beforeAll(() => bench.start());
afterEach(() => bench.stopServices());
afterAll(async () => {
  await bench.stop();
  cli.remove();
});

const service = bench.service.bind(bench);

describe('a person whom the doctor reads', () => {
  const settings = { EXTERNAL_AUTH_PROFILE_PATH: '/people/{username}', EXTERNAL_AUTH_SUBJECT: '/id' };

  it('shows what their token would hold, without their password', async () => {
    const profile = json(200, { id: 77, data: { email: 'maria@example.org', nombre: 'María López' } });
    const env = { ...(await service({ '/people/maria': profile })), ...settings };
    const found = await cli.report(env, '--user', ' MARIA');
    expect(failed(found)).toEqual([]);
    expect(stepOf(found, 'profile')).toMatchObject({
      status: 'ok',
      detail: 'the subject is external:77; no pointer finds: roles',
    });
    expect(stepOf(found, 'token-size')?.detail).toMatch(/^\d+ bytes/);
    expect(found.claims['external']).toMatchObject({ sub: 'external:77', email: 'maria@example.org' });
    const stranger = await cli.report(env, '--user', 'nobody-here');
    expect(failed(stranger)).toMatchObject([{ step: 'profile', setting: 'EXTERNAL_AUTH_PROFILE_PATH' }]);
    expect(stepOf(await cli.report(env), 'profile')).toMatchObject({ detail: 'needs --user NAME' });
  });

  it('is read as a refresh reads them: without the success value of a login, and with claims as fields', async () => {
    const env = {
      ...(await service({ '/people/maria': json(200, { uid: 'x7', scopes: ['read'] }) })),
      ...{ EXTERNAL_AUTH_PROFILE_PATH: '/people/{username}', EXTERNAL_AUTH_SUBJECT: '/claims/uid' },
      ...{ EXTERNAL_AUTH_SUCCESS: '/codigo', EXTERNAL_AUTH_SUCCESS_VALUE: '0' },
      EXTERNAL_AUTH_ROLES: '/claims/scopes',
    };
    const found = await cli.report(env, '--user', 'maria');
    expect(found.claims['external']).toMatchObject({ sub: 'external:x7', roles: ['read'] });
  });

  it('is said to be without an id where the settings find none', async () => {
    const env = { ...(await service({ '/people/maria': json(200, { data: {} }) })), ...settings };
    const found = await cli.report(env, '--user', 'maria');
    expect(failed(found)).toMatchObject([{ step: 'profile', setting: 'EXTERNAL_AUTH_SUBJECT' }]);
  });
});

describe('several addresses', () => {
  it('are each asked for a refusal and for the keys', async () => {
    const { EXTERNAL_AUTH_URL: first, ...env } = await service();
    const lax = await service({ [loginPath]: json(200, { data: { access_token: 'for anybody' } }) });
    const second = String(lax['EXTERNAL_AUTH_URL']);
    const found = await cli.report({ ...env, EXTERNAL_AUTH_URL: `${String(first)},${second}` });
    const logins = found.steps.filter(({ step }) => step === 'login');
    expect(logins.map(({ status }) => status)).toEqual(['ok', 'fail']);
    expect(logins[1]?.detail).toContain(`${second}: `);
    expect(logins[1]?.detail).toContain('accepts anybody');
    expect(found.steps.filter(({ step }) => step === 'jwks')).toHaveLength(2);
  });
});
