// The dialect of COMPAT=genauth.
/* global pm */
const { auths } = require('../request');
const { refusedInEnvelope } = require('./refusals');

const login = { method: 'POST', path: '/api/v3/signin', auth: auths.basic };
const signIn = (more) => ({
  json: {
    connection: 'PASSWORD',
    passwordPayload: { username: '{{username}}', password: '{{password}}' },
    options: { scope: 'openid profile' },
    ...more,
  },
});

function hasKeys() {
  pm.test('has the keys that passwords are encrypted with', () => {
    pm.response.to.have.status(200);
    const { rsa, sm2 } = pm.response.json();
    pm.expect(rsa.publicKey).to.include('BEGIN PUBLIC KEY');
    pm.expect(sm2.publicKey).to.match(/^04[0-9a-f]{128}$/);
  });
}

function signedIn() {
  pm.test('gives tokens of the application', () => {
    pm.response.to.have.status(200);
    const { statusCode, data } = pm.response.json();
    pm.expect([statusCode, data.scope]).to.eql([200, 'openid profile']);
    pm.collectionVariables.set('access_token', data.access_token);
    pm.collectionVariables.set('id_token', data.id_token);
  });
}

function isProfile() {
  pm.test('is the profile of whoever signed in', () => {
    const { statusCode, data } = pm.response.json();
    pm.expect([statusCode, data.username]).to.eql([200, pm.variables.get('username')]);
  });
}

function isList() {
  pm.test('is a list', () => {
    const { statusCode, data } = pm.response.json();
    pm.expect(statusCode).to.equal(200);
    pm.expect(data).to.be.an('array');
  });
}

function isEnded() {
  pm.test('ends the session', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.headers.get('Content-Type')).to.include('text/html');
  });
}

const genAuth = {
  name: 'GenAuth: a sign-in and its errors',
  description:
    'Needs COMPAT=genauth, and client_id and client_secret of a confidential client of OAUTH_CLIENTS.',
  steps: [
    { name: 'The keys for passwords', path: '/api/v3/system', test: hasKeys },
    { name: 'Sign in', ...login, body: signIn(), test: signedIn },
    { name: 'The profile', path: '/api/v3/get-profile', auth: auths.bearer, test: isProfile },
    { name: 'The roles', path: '/api/v3/get-my-role-list', auth: auths.bearer, test: isList },
    { name: 'The groups', path: '/api/v3/get-my-group-list', auth: auths.bearer, test: isList },
    {
      name: 'End the session of the ID token',
      path: '/oidc/session/end',
      query: [{ key: 'id_token_hint', value: '{{id_token}}' }],
      test: isEnded,
    },
    {
      name: 'The profile is closed',
      path: '/api/v3/get-profile',
      auth: auths.bearer,
      test: refusedInEnvelope(401, 2020),
    },
    {
      name: 'A wrong password in GenAuth',
      ...login,
      body: signIn({ passwordPayload: { username: '{{username}}', password: 'not the password' } }),
      test: refusedInEnvelope(403, 2333),
    },
    {
      name: 'A missing field in GenAuth',
      ...login,
      body: signIn({ passwordPayload: { username: '{{username}}' } }),
      test: [
        "pm.test('400 in the envelope, which names the field', () => {",
        '  pm.response.to.have.status(200);',
        '  const { statusCode, message } = pm.response.json();',
        '  pm.expect(statusCode).to.equal(400);',
        "  pm.expect(message).to.include('password');",
        '});',
      ],
    },
    {
      name: 'An unknown application',
      ...login,
      auth: auths.none,
      body: signIn({ client_id: 'unknown' }),
      test: refusedInEnvelope(401, 2011),
    },
    {
      name: 'A page of a foreign origin in GenAuth',
      ...login,
      headers: [{ key: 'Origin', value: 'https://foreign.example' }],
      body: signIn(),
      test: refusedInEnvelope(403),
    },
    { name: 'An unknown route in GenAuth', path: '/api/v3/nothing', test: refusedInEnvelope(404) },
    { name: 'Another method in GenAuth', path: '/api/v3/signin', test: refusedInEnvelope(404) },
  ],
};

module.exports = { genAuth };
