import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { errorDefinitions } from '../src/common/error-codes';
import { type Answer, Client, cookieOf, type JsonObject, objectOf, textOf } from './support/client';
import { DirectoryClient } from './support/directory-client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;
let document: JsonObject;
let ajv: Ajv;

beforeAll(async () => {
  gateway = await startGateway({ RATE_LIMIT_AUTH_MAX: '12' });
  client = new Client(gateway.url);
  document = (await client.request('/openapi.json')).body;
  ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(document, 'openapi');
});
afterAll(() => gateway.stop());

function at(...path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((node, name) => objectOf(node[name]), document);
}

/** Checks one real answer against what the document says of it: the status, the media type and the schema. */
function expectToFit(answer: Answer, path: string, method: string): void {
  const media = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
  const described = at('paths', path, method, 'responses', String(answer.status), 'content', media);
  expect(`${method} ${path} ${answer.status} ${media}: ${Object.keys(described).join()}`).toContain('schema');
  const pointer = ['paths', path, method, 'responses', String(answer.status), 'content', media, 'schema']
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.getSchema(`openapi#/${pointer}`);
  expect(validate?.(answer.body)).toBe(true);
  const code = answer.body['code'];
  if (typeof code === 'string') expect(Object.keys(objectOf(described['examples']))).toContain(code);
}

describe('/openapi.json', () => {
  it('describes every route of the gateway and only those', () => {
    const described = Object.entries(at('paths')).map(
      ([path, item]) => `${Object.keys(objectOf(item)).join()} ${path}`,
    );
    expect(described.sort()).toEqual([
      'delete /api/auth/sessions/{id}',
      'get /.well-known/jwks.json',
      'get /.well-known/oauth-authorization-server',
      'get /.well-known/openid-configuration',
      'get /api/auth/me',
      'get /api/auth/revocations',
      'get /api/auth/verify',
      'get /health/directories',
      'get /health/live',
      'get /health/ready',
      'get /oidc/.well-known/jwks.json',
      'get,delete /api/admin/sessions',
      'get,delete /api/auth/sessions',
      'get,post /oidc/me',
      'post /api/auth/login',
      'post /api/auth/logout',
      'post /api/auth/password',
      'post /api/auth/refresh',
      'post /oidc/token',
      'post /oidc/token/introspection',
      'post /oidc/token/revocation',
    ]);
  });

  it('describes the routes of a dialect where COMPAT names it', async () => {
    const dialect = await startGateway({ COMPAT: 'genauth' });
    const whole = (await new Client(dialect.url).request('/openapi.json')).body;
    await dialect.stop();
    const added = Object.keys(objectOf(whole['paths'])).filter((path) => !(path in at('paths')));
    expect(added.sort()).toEqual([
      '/api/v3/get-my-group-list',
      '/api/v3/get-my-role-list',
      '/api/v3/get-profile',
      '/api/v3/signin',
      '/api/v3/system',
      '/api/v3/update-password',
      '/oidc/session/end',
      '/{appId}/oidc/.well-known/jwks.json',
    ]);
    expect(JSON.stringify(whole)).not.toContain('undefined');
  });

  it('shows every error code somewhere, with an example', () => {
    const text = JSON.stringify(at('paths'));
    const offRoute = ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'FORBIDDEN'];
    // These are said in the words of OAuth alone.
    offRoute.push('UNSUPPORTED_GRANT_TYPE', 'UNSUPPORTED_TOKEN_TYPE', 'INSUFFICIENT_SCOPE');
    // These come before there is a route.
    offRoute.push('REQUEST_TIMEOUT', 'URI_TOO_LONG', 'HEADERS_TOO_LARGE');
    const missing = Object.keys(errorDefinitions).filter((code) => !text.includes(`"code":"${code}"`));
    expect(missing.filter((code) => !offRoute.includes(code))).toEqual([]);
  });

  it('demands nothing that relay mode lacks', () => {
    const required = ['LoginView', 'TokenView', 'MeView'].map(
      (name) => at('components', 'schemas', name)['required'],
    );
    expect(required).toEqual([['access_token', 'token_type'], ['access_token', 'token_type'], ['user']]);
  });

  it('has examples that fit its own schemas', () => {
    const checked: string[] = [];
    for (const [path, item] of Object.entries(at('paths'))) {
      for (const [method, operation] of Object.entries(objectOf(item))) {
        for (const [status, response] of Object.entries(objectOf(objectOf(operation)['responses']))) {
          for (const [media, content] of Object.entries(objectOf(objectOf(response)['content']))) {
            const pointer = ['paths', path, method, 'responses', status, 'content', media, 'schema']
              .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
              .join('/');
            const examples = Object.values(objectOf(objectOf(content)['examples'])).map(
              (e) => objectOf(e)['value'],
            );
            for (const example of [...examples, objectOf(content)['example']].filter(
              (e) => e !== undefined,
            )) {
              expect({ pointer, ok: ajv.getSchema(`openapi#/${pointer}`)?.(example) }).toEqual({
                pointer,
                ok: true,
              });
              checked.push(pointer);
            }
          }
        }
      }
    }
    expect(checked.length).toBeGreaterThan(40);
  });
});

describe('the running answers fit the document', () => {
  it('through a whole session', async () => {
    const login = await client.login('demo', gateway.demoPassword);
    expectToFit(login, '/api/auth/login', 'post');
    const body = { usuario: 'demo', contrasenia: gateway.demoPassword, token_delivery: 'body' };
    expectToFit(await client.request('/api/auth/login', { method: 'POST', body }), '/api/auth/login', 'post');
    const token = textOf(login.data, 'access_token');
    expectToFit(await client.me(token), '/api/auth/me', 'get');
    const refreshed = await client.refresh(cookieOf(login));
    expectToFit(refreshed, '/api/auth/refresh', 'post');
    expectToFit(await client.logout(cookieOf(refreshed)), '/api/auth/logout', 'post');
    expectToFit(await client.refresh(cookieOf(refreshed)), '/api/auth/refresh', 'post');
    expectToFit(await client.me(token), '/api/auth/me', 'get');
    expectToFit(await client.request('/api/auth/verify'), '/api/auth/verify', 'get');
    expectToFit(await client.request('/health/live'), '/health/live', 'get');
    expectToFit(await client.request('/.well-known/jwks.json'), '/.well-known/jwks.json', 'get');
  });

  it('through the errors', async () => {
    const post = (body: unknown, headers = {}) =>
      client.request('/api/auth/login', { method: 'POST', body, headers });
    const answers = [
      await client.login('demo', 'wrong'),
      await post({ usuario: 'demo' }),
      await post({ usuario: 'demo' }, { accept: 'application/problem+json' }),
      await post('{a'),
      await post('x', { 'content-type': 'text/plain' }),
      await post({ usuario: 'demo', contrasenia: 'x', filler: 'x'.repeat(20_000) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 400, 400, 415, 413]);
    for (const answer of answers) expectToFit(answer, '/api/auth/login', 'post');
    expectToFit(await client.request('/api/auth/refresh', { method: 'POST' }), '/api/auth/refresh', 'post');
    expectToFit(await client.request('/api/auth/me'), '/api/auth/me', 'get');
    expectToFit(await client.me('nonsense'), '/api/auth/me', 'get');
    let last = await post({});
    for (let n = 0; n < 20 && last.status !== 429; n++) last = await post({});
    expect(last.status).toBe(429);
    expectToFit(last, '/api/auth/login', 'post');
  });
});

describe('JSONP', () => {
  it('is given at no route: JSON stays JSON, whatever a script asks for', async () => {
    const getters = Object.entries(at('paths')).filter(([, item]) => 'get' in objectOf(item));
    const asked = getters.map(([path]) => path.replaceAll(/\{\w+\}/g, 'x'));
    expect(asked.length).toBeGreaterThan(8);
    for (const path of asked) {
      const answer = await client.request(`${path}?callback=stolen&jsonp=stolen&cb=stolen`);
      const media = answer.headers.get('content-type') ?? 'application/json';
      expect([path, media]).toEqual([path, expect.stringMatching(/^application\/([a-z-]+\+)?json\b/)]);
      expect([path, answer.text.includes('stolen(')]).toEqual([path, false]);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

/** Dialects with codes of their own say it in words. */
const originWords = /ORIGIN_NOT_ALLOWED|page of another origin, outside ALLOWED_ORIGINS/;

describe('each operation that could change something', () => {
  it.each(['', 'genauth', 'django', 'ping-directory'])(
    'says of 403 ORIGIN_NOT_ALLOWED, with COMPAT=%s',
    async (COMPAT) => {
      const other = await startGateway({ COMPAT });
      const paths = objectOf((await new Client(other.url).request('/openapi.json')).body['paths']);
      await other.stop();
      const operations = Object.entries(paths).flatMap(([path, item]) =>
        Object.entries(objectOf(item)).map(([method, operation]) => ({
          path,
          method,
          operation: objectOf(operation),
        })),
      );
      // Reading changes nothing, and pages of applications lead people to the end of their session.
      const judged = operations.filter(
        ({ path, method }) => method !== 'get' && path !== '/oidc/session/end',
      );
      const silent = judged.filter(
        ({ operation }) => !originWords.test(JSON.stringify(operation['responses'])),
      );
      expect(silent.map(({ path, method }) => `${method} ${path}`)).toEqual([]);
      expect(judged.length).toBeGreaterThan(8);
    },
  );

  it('gives that answer where it says so', async () => {
    const other = await startGateway({ COMPAT: 'genauth' });
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const post = (path: string) =>
      new Client(other.url).request(path, { method: 'POST', body: {}, headers: foreign });
    const signIn = await post('/api/v3/signin');
    const token = await post('/oidc/token');
    await other.stop();
    expect([signIn.status, signIn.body['statusCode']]).toEqual([200, 403]);
    expect([token.status, token.body['error']]).toEqual([403, 'access_denied']);
    const pointer = '/components/schemas/OAuthErrorView';
    expect(ajv.getSchema(`openapi#${pointer}`)?.(token.body)).toBe(true);
  });
});

describe('the document of a gateway that speaks a dialect', () => {
  it('has its routes too', async () => {
    const other = await startGateway({ COMPAT: 'django' });
    const paths = objectOf((await new Client(other.url).request('/openapi.json')).body['paths']);
    await other.stop();
    const added = Object.keys(paths).filter((path) => !(path in at('paths')));
    expect(added.sort()).toEqual(['/api/login-ldap', '/api/logout', '/api/session']);
    const answers = objectOf(objectOf(objectOf(paths['/api/login-ldap'])['post'])['responses']);
    expect(Object.keys(answers)).toEqual(['200', '400', '401', '403', '413', '429', '500', '503']);
  });
});

describe('/docs', () => {
  it('shows the page with its own scripts', async () => {
    const page = await client.request('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1] ?? 'none';
    const loaded = await client.request(new URL(script, `${gateway.url}/docs`).pathname);
    expect([loaded.status, loaded.text.length > 100_000]).toEqual([200, true]);
  });
});

describe('the document of a gateway that speaks PingDirectory', () => {
  it('has its routes too, which answer as it says', async () => {
    const other = await startGateway({ COMPAT: 'ping-directory' });
    const directory = new DirectoryClient(other.url);
    const described = (await directory.request('/openapi.json')).body;
    const paths = objectOf(described['paths']);
    const added = Object.keys(paths).filter((path) => !(path in at('paths')));
    expect(added.sort()).toEqual([
      '/directory/v1/authenticate',
      '/directory/v1/me',
      '/directory/v1/{dn}/changePassword',
    ]);
    ajv.addSchema(described, 'ping-directory');
    const staticPassword = other.demoPassword;
    const wanted = { returnUserAttributes: ['*'], _controls: [] };
    const login = await directory.authenticate({ username: 'demo', staticPassword }, wanted);
    const me = await directory.get('me', textOf(login.body, 'accessToken'));
    const refused = await directory.authenticate({ username: 'demo', staticPassword: 'x' });
    const answers = [
      { answer: login, pointer: 'authenticate/post' },
      { answer: refused, pointer: 'authenticate/post' },
      { answer: me, pointer: 'me/get' },
    ];
    await other.stop();
    for (const { answer, pointer } of answers) {
      const place = `paths/~1directory~1v1~1${pointer}/responses/${answer.status}/content/application~1json/schema`;
      const validate = ajv.getSchema(`ping-directory#/${place}`);
      expect({ pointer, status: answer.status, fits: validate?.(answer.body) }).toEqual({
        ...{ pointer, status: answer.status, fits: true },
      });
    }
  });
});
