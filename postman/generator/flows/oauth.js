// The endpoints for client libraries.
/* global pm */
const { auths } = require('../request');
const { refusedWithMember } = require('./refusals');

const form = (fields) => ({
  form: Object.entries(fields).map(([key, value]) => ({ key, value, type: 'text' })),
});
const refresh = form({ grant_type: 'refresh_token', refresh_token: '{{refresh_token}}' });
const asked = form({ token: '{{access_token}}' });
const token = { method: 'POST', path: '/oidc/token' };
const introspection = { method: 'POST', path: '/oidc/token/introspection', auth: auths.basic };

function loggedInForClient() {
  pm.test('gives tokens of the client, with the scope', () => {
    pm.response.to.have.status(200);
    const { data } = pm.response.json();
    pm.expect(data.scope).to.equal('openid profile');
    pm.collectionVariables.set('access_token', data.access_token);
    pm.collectionVariables.set('refresh_token', data.refresh_token);
    pm.collectionVariables.set('id_token', data.id_token);
  });
}

function refreshed() {
  pm.test('gives the next tokens', () => {
    pm.response.to.have.status(200);
    const tokens = pm.response.json();
    pm.expect(tokens.refresh_token).not.to.equal(pm.collectionVariables.get('refresh_token'));
    pm.collectionVariables.set('access_token', tokens.access_token);
    pm.collectionVariables.set('refresh_token', tokens.refresh_token);
  });
}

function isActive() {
  pm.test('is active, for this client', () => {
    pm.response.to.have.status(200);
    const answer = pm.response.json();
    pm.expect([answer.active, answer.client_id]).to.eql([true, pm.variables.get('client_id')]);
  });
}

function isUserinfo() {
  pm.test('has the claims of the scope', () => {
    pm.response.to.have.status(200);
    const claims = pm.response.json();
    pm.expect(claims.preferred_username).to.equal(pm.variables.get('username'));
    pm.expect(claims).not.to.have.property('email');
  });
}

function isRevoked() {
  pm.test('is revoked', () => {
    pm.response.to.have.status(200);
  });
}

function isInactive() {
  pm.test('is inactive, and nothing else is said', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json()).to.eql({ active: false });
  });
}

const oauth = {
  name: 'OAuth 2.0: a client',
  description: 'Needs client_id and client_secret of a confidential client of OAUTH_CLIENTS.',
  steps: [
    {
      name: 'Log in for the client',
      method: 'POST',
      path: '/api/auth/login',
      auth: auths.basic,
      body: {
        json: {
          usuario: '{{username}}',
          contrasenia: '{{password}}',
          token_delivery: 'body',
          scope: 'openid profile',
        },
      },
      test: loggedInForClient,
    },
    { name: 'Refresh by the token endpoint', ...token, auth: auths.basic, body: refresh, test: refreshed },
    { name: 'Introspect the access token', ...introspection, body: asked, test: isActive },
    { name: 'Userinfo', path: '/oidc/me', auth: auths.bearer, test: isUserinfo },
    {
      name: 'Revoke the refresh token',
      method: 'POST',
      path: '/oidc/token/revocation',
      auth: auths.basic,
      body: form({ token: '{{refresh_token}}' }),
      test: isRevoked,
    },
    { name: 'Introspect it again', ...introspection, body: asked, test: isInactive },
    {
      name: 'Refresh is refused',
      ...token,
      auth: auths.basic,
      body: refresh,
      test: refusedWithMember(400, 'error', 'invalid_grant'),
    },
    {
      name: 'Without grant_type',
      ...token,
      auth: auths.basic,
      body: form({ refresh_token: '{{refresh_token}}' }),
      test: refusedWithMember(400, 'error', 'invalid_request'),
    },
    {
      name: 'Without a client',
      method: 'POST',
      path: '/oidc/token/introspection',
      body: asked,
      test: refusedWithMember(401, 'error', 'invalid_client'),
    },
    {
      name: 'Userinfo after the end',
      path: '/oidc/me',
      auth: auths.bearer,
      test: refusedWithMember(401, 'error', 'invalid_token'),
    },
  ],
};

module.exports = { oauth };
