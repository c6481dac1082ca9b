// The dialect of COMPAT=ping-directory.
/* global pm */
const { auths } = require('../request');
const { refusedWithResult } = require('./refusals');

const login = { method: 'POST', path: '/directory/v1/authenticate' };
const credentials = {
  authenticationType: 'password',
  username: '{{username}}',
  staticPassword: '{{password}}',
};

function loggedIn() {
  pm.test('gives the entry and an access token', () => {
    pm.response.to.have.status(200);
    const { resultCode, userAttributes, accessToken } = pm.response.json();
    pm.expect(resultCode).to.eql({ value: 0, name: 'success' });
    pm.expect(userAttributes._dn).to.be.a('string');
    pm.collectionVariables.set('access_token', accessToken);
    pm.collectionVariables.set('dn', userAttributes._dn);
  });
}

function isOwnEntry() {
  pm.test('is the same entry', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json()._dn).to.equal(pm.collectionVariables.get('dn'));
  });
}

function loggedInByDn() {
  pm.test('logs in by the DN that it gave', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json()).not.to.have.property('userAttributes');
  });
}

function isSession() {
  pm.test('stands for a session of the gateway', () => {
    pm.response.to.have.status(200);
    pm.collectionVariables.set('session_id', pm.response.json().data.session.id);
  });
}

function isEnded() {
  pm.test('ends the session', () => {
    pm.response.to.have.status(200);
  });
}

const pingDirectory = {
  name: 'PingDirectory: a login and its errors',
  description:
    'Needs COMPAT=ping-directory. That API has no logout: the session of its token is ended by the native API.',
  steps: [
    {
      name: 'Authenticate by name',
      ...login,
      body: { json: { credentials, returnUserAttributes: ['*'] } },
      test: loggedIn,
    },
    { name: 'The own entry by the token', path: '/directory/v1/me', auth: auths.bearer, test: isOwnEntry },
    {
      name: 'Authenticate by DN',
      ...login,
      body: {
        json: {
          credentials: { authenticationType: 'password', dn: '{{dn}}', staticPassword: '{{password}}' },
        },
      },
      test: loggedInByDn,
    },
    { name: 'The session behind the token', path: '/api/auth/me', auth: auths.bearer, test: isSession },
    {
      name: 'End the session of the token',
      method: 'DELETE',
      path: '/api/auth/sessions/:id',
      pathVariables: [{ key: 'id', value: '{{session_id}}' }],
      auth: auths.bearer,
      test: isEnded,
    },
    {
      name: 'The own entry is closed',
      path: '/directory/v1/me',
      auth: auths.bearer,
      test: refusedWithResult(401, 'invalidCredentials'),
    },
    {
      name: 'A wrong password in PingDirectory',
      ...login,
      body: { json: { credentials: { ...credentials, staticPassword: 'not the password' } } },
      test: refusedWithResult(401, 'invalidCredentials'),
    },
    {
      name: 'A missing field in PingDirectory',
      ...login,
      body: { json: { credentials: { authenticationType: 'password', username: '{{username}}' } } },
      test: [
        "pm.test('400 protocolError, which names the field', () => {",
        '  pm.response.to.have.status(400);',
        '  const { resultCode, diagnosticMessage } = pm.response.json();',
        "  pm.expect(resultCode.name).to.equal('protocolError');",
        "  pm.expect(diagnosticMessage).to.include('staticPassword');",
        '});',
      ],
    },
    {
      name: 'A page of a foreign origin in PingDirectory',
      ...login,
      headers: [{ key: 'Origin', value: 'https://foreign.example' }],
      body: { json: { credentials } },
      test: refusedWithResult(403, 'insufficientAccessRights'),
    },
    {
      name: 'An unknown route in PingDirectory',
      path: '/directory/v1/nothing/at/all',
      test: refusedWithResult(404, 'noSuchObject'),
    },
    {
      name: 'Another method in PingDirectory',
      path: '/directory/v1/authenticate',
      test: refusedWithResult(405, 'protocolError'),
    },
  ],
};

module.exports = { pingDirectory };
