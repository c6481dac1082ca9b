import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { FakeClock } from '../../../test/support/fake-clock';
import { isJsonObject } from '../../common/json-pointer';
import { loadSettings } from '../../config/load-settings';
import type { Identity } from '../identity';
import { Requests } from './requests';
import { UpstreamFailure } from './upstream/upstream-call';

const context = { requestId: 'request-1', address: '2001:db8::1' };
const maria: Identity = {
  subject: 'external:1042',
  username: 'maría',
  groups: [],
  roles: [],
  attributes: {},
  strategy: 'external',
};

function requests(env: Readonly<Record<string, string>> = {}, clock = new FakeClock()): Requests {
  return new Requests(loadSettings(env).settings, clock);
}

function login(env: Readonly<Record<string, string>>, password = 'p') {
  const call = requests(env).login({ username: 'maría', password }, context);
  return { ...call, sent: call.headers('/login') };
}

function fieldsOf(body = ''): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(body);
  return isJsonObject(parsed) ? parsed : {};
}

describe('the body of a login', () => {
  it('is JSON with the usual names', () => {
    const { method, path, body, sent, isRepeatable } = login({});
    expect({ method, path, isRepeatable }).toEqual({
      method: 'POST',
      path: '/api/AuthJWT/Login',
      isRepeatable: false,
    });
    expect(JSON.parse(body ?? '')).toEqual({ usuario: 'maría', contrasenia: 'p' });
    expect(sent).toEqual({
      'content-type': 'application/json',
      accept: 'application/json',
      'x-request-id': 'request-1',
    });
  });

  it('is a form with other names, byte for byte what was typed', () => {
    const password = ' +&=%"ñ\\😀\0\r\n';
    const { body = '', sent } = login(
      {
        EXTERNAL_AUTH_BODY_FORMAT: 'form',
        EXTERNAL_AUTH_USERNAME_FIELD: 'user name',
        EXTERNAL_AUTH_PASSWORD_FIELD: 'clave',
        EXTERNAL_AUTH_EXTRA_BODY: '{"grant_type":"password","n":7,"ok":true,"none":null,"t":"a&b=c"}',
      },
      password,
    );
    expect(sent['content-type']).toBe('application/x-www-form-urlencoded');
    expect([...new URLSearchParams(body)]).toEqual([
      ['grant_type', 'password'],
      ['n', '7'],
      ['ok', 'true'],
      ['none', ''],
      ['t', 'a&b=c'],
      ['user name', 'maría'],
      ['clave', password],
    ]);
    // What a decoder of another make reads (URL Standard section 5.1).
    expect(body).toContain('clave=+%2B%26%3D%25%22%C3%B1%5C%F0%9F%98%80%00%0D%0A');
  });

  it.each(['json', 'form'])('as %s keeps its name and password whatever else it holds', (format) => {
    const extra = { usuario: 'eve', contrasenia: 'evil', __proto: 1, constructor: 'x', idSistema: 7 };
    const text = JSON.stringify(extra).replace('__proto', '__proto__');
    const { body = '' } = login({ EXTERNAL_AUTH_BODY_FORMAT: format, EXTERNAL_AUTH_EXTRA_BODY: text });
    const fields = new Map<string, unknown>(
      format === 'json' ? Object.entries(fieldsOf(body)) : new URLSearchParams(body),
    );
    expect(fields.get('usuario')).toBe('maría');
    expect(fields.get('contrasenia')).toBe('p');
    expect(String(fields.get('idSistema'))).toBe('7');
    expect(fields.size).toBe(5);
  });

  it('takes a field of any name, and any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (password, field) => {
          fc.pre(field.trim() === field && field !== 'usuario' && !field.includes('\0'));
          const env = { EXTERNAL_AUTH_PASSWORD_FIELD: field };
          const fields = new Map(Object.entries(fieldsOf(login(env, password).body)));
          expect(fields.get(field)).toBe(password);
          const form = login({ ...env, EXTERNAL_AUTH_BODY_FORMAT: 'form' }, password).body;
          expect(new URLSearchParams(form).get(field)).toBe(password);
        },
      ),
    );
  });
});

describe('how a call shows who calls', () => {
  it('is a bearer token with each of them', () => {
    const all = requests({ EXTERNAL_AUTH_BEARER_TOKEN: 'canary.Bearer-1' });
    const calls = [
      all.login({ username: 'a', password: 'b' }, context),
      all.refresh('token', context),
      all.revoke('token', context),
      all.profile('/u/{subject}', maria),
      all.jwks(),
    ];
    for (const call of calls)
      expect(call.headers('/x')).toMatchObject({ authorization: 'Bearer canary.Bearer-1' });
    expect(calls.map(({ isRepeatable }) => isRepeatable)).toEqual([false, false, false, true, true]);
    const operations = ['login', 'refresh', 'revoke', 'profile', 'jwks'];
    expect(calls.map(({ operation }) => operation)).toEqual(operations);
  });

  it('is a signature over the time, the method, the target and the body', () => {
    const clock = new FakeClock(1_767_225_600_999);
    const secret = 'sëcret';
    const signed = requests({ EXTERNAL_AUTH_HMAC_SECRET: secret, EXTERNAL_AUTH_HMAC_HEADER: 'X-Sig' }, clock);
    const call = signed.login({ username: 'maría', password: 'ñ' }, context);
    const expected = (text: string) =>
      createHmac('sha256', Buffer.from(secret)).update(text, 'utf8').digest('hex');
    const target = '/base/login?app=1';
    expect(call.headers(target)['X-Sig']).toBe(
      `t=1767225600,v1=${expected(`1767225600.POST.${target}.${call.body}`)}`,
    );
    clock.advance(1000);
    expect(signed.jwks().headers('/keys')['X-Sig']).toBe(
      `t=1767225601,v1=${expected('1767225601.GET./keys.')}`,
    );
  });

  it('is nothing by default', () => {
    const sent = requests().jwks().headers('/x');
    expect(sent).toEqual({ accept: 'application/json' });
  });

  it.each([
    ['EXTERNAL_AUTH_BEARER_TOKEN', { EXTERNAL_AUTH_BEARER_TOKEN: 'two\nlines' }],
    ['EXTERNAL_AUTH_BEARER_TOKEN', { EXTERNAL_AUTH_BEARER_TOKEN: 'contraseña' }],
    ['EXTERNAL_AUTH_ADDRESS_HEADER', { EXTERNAL_AUTH_ADDRESS_HEADER: 'x-signature' }],
  ])('is refused at the start where %s cannot be sent', (name, env) => {
    expect(() => requests(env)).toThrow(name);
  });
});

describe('what a call says of the caller', () => {
  it('is their address only where a header is set for it', () => {
    expect(JSON.stringify(login({}))).not.toContain('2001:db8');
    expect(login({ EXTERNAL_AUTH_ADDRESS_HEADER: 'X-Forwarded-For' }).sent).toMatchObject({
      'X-Forwarded-For': '2001:db8::1',
    });
  });

  it.each(['a\r\nb: c', 'ñ', '', 'x'.repeat(201), 'a b'])('is no request id such as %p', (requestId) => {
    const call = requests().login({ username: 'a', password: 'b' }, { ...context, requestId });
    expect(call.headers('/x')).not.toHaveProperty('x-request-id');
  });
});

describe('the refresh token in a call', () => {
  it('is in the cookie as it came', () => {
    const call = requests({ EXTERNAL_AUTH_REFRESH_COOKIE: 'rt' }).refresh('CfDJ8+/=%20', context);
    expect(call).toMatchObject({ path: '/api/AuthJWT/RefreshToken', body: '{}' });
    expect(call.headers('/x')).toMatchObject({ cookie: 'rt=CfDJ8+/=%20' });
  });

  it('is in the body where the service wants it there', () => {
    const env = { EXTERNAL_AUTH_REFRESH_SEND: 'body', EXTERNAL_AUTH_REFRESH_FIELD: 'rt' };
    const call = requests(env).revoke('a;b', context);
    expect(call).toMatchObject({ path: '/api/AuthJWT/Revoke', body: '{"rt":"a;b"}' });
    expect(call.headers('/x')).not.toHaveProperty('cookie');
  });
});

describe('the path of a profile', () => {
  const pathOf = (path: string, subject: string, username = 'maría') =>
    requests().profile(path, { ...maria, subject: `external:${subject}`, username }).path;

  it.each([
    ['/users/{subject}', '1042', '/users/1042'],
    ['/users/{username}/roles', '1', '/users/mar%C3%ADa/roles'],
    ['/u/{subject}?name={username}&id={subject}', 'a:b', '/u/a%3Ab?name=mar%C3%ADa&id=a%3Ab'],
    ['/users/{subject}', '../x?y#z', '/users/..%2Fx%3Fy%23z'],
    ['/users/{subject}', '{username}', '/users/%7Busername%7D'],
    ['/users/{subject}', '$&', '/users/%24%26'],
    ['/users/{subject}.json', '..', '/users/...json'],
    ['/users?id={subject}', '..', '/users?id=..'],
    ['/users/{subject}', '%2e%2e', '/users/%252e%252e'],
  ])('%p for %p is %p', (path, subject, expected) => {
    expect(pathOf(path, subject)).toBe(expected);
  });

  it.each([
    ['/users/{subject}', '..'],
    ['/users/{subject}/roles', '.'],
    ['/users/.{subject}', '.'],
    ['/users/{subject}', 'a\ud800'],
  ])('%p has no place for %p', (path, subject) => {
    expect(() => pathOf(path, subject)).toThrow(UpstreamFailure);
  });

  it('stays one segment as a URL, whatever the id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (id) => {
        fc.pre(id !== '.' && id !== '..');
        const url = new URL(`http://host${pathOf('/users/{subject}/roles', id)}`);
        expect(url.pathname.split('/')).toHaveLength(4);
        expect(decodeURIComponent(url.pathname.split('/')[2] ?? '')).toBe(id);
        expect(url.search + url.hash).toBe('');
      }),
    );
  });
});
