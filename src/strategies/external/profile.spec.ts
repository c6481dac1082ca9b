import { loadSettings } from '../../config/load-settings';
import type { Identity } from '../identity';
import { pointersOf } from './identity-places';
import { answerRules } from './login-answer';
import { type ProfileReading, readProfile } from './profile';

type Variables = Readonly<Record<string, string>>;

const known: Identity = {
  subject: 'external:1042',
  username: 'maria',
  displayName: 'María López',
  givenName: 'María',
  familyName: 'López',
  email: 'maria@example.org',
  groups: [],
  roles: ['juez'],
  attributes: {},
  strategy: 'external',
};

function rulesOf(env: Variables) {
  const { settings } = loadSettings(env);
  const path = settings.EXTERNAL_AUTH_PROFILE_PATH ?? '/users/{subject}';
  return { path, answer: answerRules(settings), pointers: pointersOf(settings) };
}

function read(body: unknown, env: Variables = {}, status = 200): ProfileReading {
  return readProfile(
    { status, setCookies: [], body: Buffer.from(JSON.stringify(body)) },
    known,
    rulesOf(env),
  );
}

function person(body: unknown, env: Variables = {}): Identity {
  const reading = read(body, env);
  if (reading.kind !== 'current') throw new Error(JSON.stringify(reading));
  return reading.identity;
}

describe('the status of a profile', () => {
  it.each([
    [200, 'current'],
    [203, 'current'],
    [404, 'gone'],
    [410, 'gone'],
    [301, 'unusable'],
    [400, 'unusable'],
    [401, 'unusable'],
    [403, 'unusable'],
    [422, 'unusable'],
    [423, 'unusable'],
    [429, 'unusable'],
    [500, 'unusable'],
    [503, 'unusable'],
  ])('%d means %s', (status, kind) => {
    expect(read({}, {}, status).kind).toBe(kind);
  });
});

describe('the success condition in a profile', () => {
  const ok = { EXTERNAL_AUTH_SUCCESS: '/estado', EXTERNAL_AUTH_SUCCESS_VALUE: '"ACTIVO"' };
  it.each<[unknown, Variables, string]>([
    [{ success: true }, {}, 'current'],
    [{ success: false }, {}, 'gone'],
    [{ success: 'false' }, {}, 'unusable'],
    [{ estado: 'ACTIVO' }, ok, 'current'],
    [{ estado: 'BAJA' }, ok, 'gone'],
    [{ estado: false }, ok, 'unusable'],
    [{ success: false }, ok, 'current'],
    [[], {}, 'unusable'],
    ['text', {}, 'unusable'],
  ])('%j with %j means %s', (body, env, kind) => {
    expect(read(body, env).kind).toBe(kind);
  });

  it('is not looked for in what is no JSON', () => {
    const page = { status: 200, setCookies: [], contentType: 'text/html', body: Buffer.from('{}') };
    expect(readProfile(page, known, rulesOf({})).kind).toBe('unusable');
    expect(readProfile({ status: 200, setCookies: [] }, known, rulesOf({})).kind).toBe('unusable');
  });
});

describe('whose profile it is', () => {
  const byName = { EXTERNAL_AUTH_PROFILE_PATH: '/users/{username}' };
  const id = { EXTERNAL_AUTH_SUBJECT: '/data/id' };

  it.each<[string, unknown, Variables, string]>([
    ['the same id', { data: { id: 1042 } }, { ...id, ...byName }, 'current'],
    ['another id, although the call named theirs', { data: { id: 7 } }, id, 'gone'],
    ['another id under the same name', { data: { id: 7 } }, { ...id, ...byName }, 'gone'],
    ['no id, but the call named it', { data: {} }, id, 'current'],
    ['no id, and nobody pointed at one', {}, {}, 'current'],
    ['no id under a name', { data: {} }, { ...id, ...byName }, 'unusable'],
    ['an id that JSON has rounded', { data: { id: 2 ** 53 } }, id, 'unusable'],
    ['a field called claims, which is none of a JWT', { claims: { sub: '7' } }, {}, 'current'],
    [
      'the id as the JWT would call it',
      { sub: '1042' },
      { ...byName, EXTERNAL_AUTH_SUBJECT: '/claims/sub' },
      'current',
    ],
    ['another one as the JWT would call it', { sub: '7' }, {}, 'gone'],
  ])('%s: %j with %j means %s', (_case, body, env, kind) => {
    expect(read(body, env).kind).toBe(kind);
  });

  it('is said by the settings that mend it', () => {
    expect(JSON.stringify(read({}, { ...id, ...byName }))).toMatch(
      /EXTERNAL_AUTH_SUBJECT.*EXTERNAL_AUTH_PROFILE_PATH/,
    );
  });
});

describe('the person in a profile', () => {
  it('is as at the login where the profile says nothing of them', () => {
    expect(person({})).toEqual(known);
  });

  it('has what a pointer into claims finds among its own fields, and keeps what it does not find', () => {
    const env = { EXTERNAL_AUTH_ROLES: '/claims/scopes', EXTERNAL_AUTH_EMAIL: '/claims/mail' };
    expect(person({ scopes: ['read'], data: { correo: 'y' } }, env)).toEqual({ ...known, roles: ['read'] });
    expect(person({ scopes: [] }, env).roles).toEqual([]);
    expect(person({ claims: { scopes: ['admin'], mail: 'x' } }, env)).toEqual(known);
  });

  it('has what the pointers find, in the usual places too', () => {
    const body = { data: { nombre: 'M. López', login: 'MLOPEZ', perfil: ['juez', 'admin'] } };
    const env = { EXTERNAL_AUTH_USERNAME: '/data/login', EXTERNAL_AUTH_ROLES: '/data/perfil' };
    expect(person(body, env)).toEqual({
      ...known,
      displayName: 'M. López',
      username: 'mlopez',
      roles: ['juez', 'admin'],
    });
  });

  it('has lost what a pointer no longer finds, but never their name', () => {
    const env = Object.fromEntries(
      ['USERNAME', 'DISPLAY_NAME', 'GIVEN_NAME', 'FAMILY_NAME', 'EMAIL', 'ROLES'].map((what) => [
        `EXTERNAL_AUTH_${what}`,
        '/data/gone',
      ]),
    );
    const { subject, username, strategy } = known;
    expect(person({ data: {} }, env)).toEqual({
      ...{ subject, username, strategy, groups: [], roles: [], attributes: {} },
      ...{ displayName: undefined, givenName: undefined, familyName: undefined, email: undefined },
    });
  });
});
