// What the native API answers to mistakes.
/* global pm */
const { auths } = require('../request');
const { refusedWith } = require('./refusals');

const login = { method: 'POST', path: '/api/auth/login' };
const wrong = { usuario: '{{username}}', contrasenia: 'not the password' };

function startsAnew() {
  pm.test('leaves no refresh cookie', () => {
    pm.response.to.have.status(200);
    const names = pm.cookies.all().map(({ name }) => name);
    pm.expect(names.filter((name) => name.endsWith('refreshToken'))).to.eql([]);
  });
}

function isProblem() {
  pm.test('401 as RFC 9457 problem details, in English', () => {
    pm.response.to.have.status(401);
    pm.expect(pm.response.headers.get('Content-Type')).to.include('application/problem+json');
    pm.expect(pm.response.json().title).to.equal('No refresh token was sent');
  });
}

const errors = {
  name: 'Native API: errors',
  description: 'Each error has a stable code (docs/errors.md), and the header X-Request-Id.',
  steps: [
    { name: 'Start without a session', method: 'POST', path: '/api/auth/logout', test: startsAnew },
    { name: 'A wrong password', ...login, body: { json: wrong }, test: refusedWith(401, 'UNAUTHORIZED') },
    {
      name: 'A missing field',
      ...login,
      body: { json: { usuario: '{{username}}' } },
      test: refusedWith(400, 'VALIDATION_ERROR', [
        "pm.expect(body.errors[0].campo).to.equal('contrasenia');",
      ]),
    },
    { name: 'No JSON', ...login, body: { raw: '{"usuario":' }, test: refusedWith(400, 'INVALID_JSON') },
    {
      name: 'Another content type',
      ...login,
      headers: [{ key: 'Content-Type', value: 'text/plain' }],
      body: { json: wrong },
      test: refusedWith(415, 'UNSUPPORTED_MEDIA_TYPE'),
    },
    {
      name: 'A page of a foreign origin',
      ...login,
      headers: [{ key: 'Origin', value: 'https://foreign.example' }],
      body: { json: wrong },
      test: refusedWith(403, 'ORIGIN_NOT_ALLOWED'),
    },
    {
      name: 'Refresh without a cookie',
      method: 'POST',
      path: '/api/auth/refresh',
      test: refusedWith(401, 'NO_REFRESH_COOKIE'),
    },
    {
      name: 'The same as problem details',
      method: 'POST',
      path: '/api/auth/refresh',
      headers: [
        { key: 'Accept', value: 'application/problem+json' },
        { key: 'Accept-Language', value: 'en' },
      ],
      test: isProblem,
    },
    { name: 'No access token', path: '/api/auth/me', test: refusedWith(401, 'UNAUTHORIZED') },
    {
      name: 'An access token that is none',
      path: '/api/auth/me',
      auth: { type: 'bearer', bearer: [{ key: 'token', value: 'a.b.c', type: 'string' }] },
      test: refusedWith(401, 'INVALID_TOKEN'),
    },
    { name: 'An unknown route', path: '/api/auth/nothing', test: refusedWith(404, 'NOT_FOUND') },
    {
      name: 'Another method',
      path: '/api/auth/login',
      test: refusedWith(405, 'METHOD_NOT_ALLOWED', [
        "pm.expect(pm.response.headers.get('Allow')).to.include('POST');",
      ]),
    },
    {
      name: 'The sessions of others without a login',
      path: '/api/admin/sessions',
      query: [{ key: 'user', value: '{{username}}' }],
      auth: auths.none,
      test: refusedWith(401, 'UNAUTHORIZED'),
    },
  ],
};

module.exports = { errors };
