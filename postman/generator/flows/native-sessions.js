// The life of a session of the native API, by cookie and by body.
/* global pm */
const { auths, bearerOf } = require('../request');
const { refusedWith } = require('./refusals');

const credentials = { usuario: '{{username}}', contrasenia: '{{password}}' };

function loggedInByCookie() {
  pm.test('gives an access token, and the refresh token as a cookie', () => {
    pm.response.to.have.status(200);
    const { data } = pm.response.json();
    pm.expect(data.token_type).to.equal('Bearer');
    pm.expect(data.user.sub).to.be.a('string');
    pm.expect(data).not.to.have.property('refresh_token');
    pm.collectionVariables.set('access_token', data.access_token);
    const cookie = pm.cookies.all().find(({ name }) => name.endsWith('refreshToken'));
    pm.expect(cookie, 'the refresh cookie').to.be.an('object');
    pm.collectionVariables.set('refresh_cookie', `${cookie.name}=${cookie.value}`);
  });
}

function isMe() {
  pm.test('shows the person and the session', () => {
    pm.response.to.have.status(200);
    const { user, session } = pm.response.json().data;
    pm.expect(user.username).to.equal(pm.variables.get('username'));
    pm.expect(session.id).to.be.a('string');
  });
}

function refreshedByCookie() {
  pm.test('gives a new access token and the next cookie', () => {
    pm.response.to.have.status(200);
    const { data } = pm.response.json();
    pm.expect(data.access_token).not.to.equal(pm.collectionVariables.get('access_token'));
    pm.collectionVariables.set('access_token', data.access_token);
    const cookie = pm.cookies.all().find(({ name }) => name.endsWith('refreshToken'));
    const isSame = pm.collectionVariables.get('refresh_cookie').endsWith(cookie.value);
    pm.expect(isSame).to.equal(false);
    pm.collectionVariables.set('refresh_cookie', `${cookie.name}=${cookie.value}`);
  });
}

function loggedInElsewhere() {
  pm.test('gives the refresh token in the body, and no cookie for it', () => {
    pm.response.to.have.status(200);
    const { data } = pm.response.json();
    pm.expect(data.refresh_token).to.be.a('string');
    pm.expect(pm.response.headers.get('Set-Cookie') ?? '').not.to.include('refreshToken');
    pm.collectionVariables.set('other_access_token', data.access_token);
    pm.collectionVariables.set('other_refresh_token', data.refresh_token);
  });
}

function isOtherSession() {
  pm.test('is another session', () => {
    pm.response.to.have.status(200);
    pm.collectionVariables.set('session_id', pm.response.json().data.session.id);
  });
}

function listsBoth() {
  pm.test('lists both, and says which one is asking', () => {
    pm.response.to.have.status(200);
    const sessions = pm.response.json().data;
    const other = sessions.find(({ id }) => id === pm.collectionVariables.get('session_id'));
    pm.expect(other.current).to.equal(false);
    pm.expect(sessions.filter(({ current }) => current)).to.have.lengthOf(1);
  });
}

function isEnded() {
  pm.test('ends it', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json().status).to.equal('success');
  });
}

function listsItNoMore() {
  pm.test('lists it no more', () => {
    pm.response.to.have.status(200);
    const ids = pm.response.json().data.map(({ id }) => id);
    pm.expect(ids).not.to.include(pm.collectionVariables.get('session_id'));
  });
}

function loggedOut() {
  pm.test('ends the session and clears the cookie', () => {
    pm.response.to.have.status(200);
    const names = pm.cookies.all().map(({ name }) => name);
    pm.expect(names.filter((name) => name.endsWith('refreshToken'))).to.eql([]);
  });
}

const byCookie = {
  name: 'Native API: a session by cookie',
  description:
    'Log in, use it, refresh, see the sessions, end one, log out; afterwards nothing of it is good any more.',
  steps: [
    {
      name: 'Log in',
      method: 'POST',
      path: '/api/auth/login',
      body: { json: credentials },
      test: loggedInByCookie,
    },
    { name: 'Who am I', path: '/api/auth/me', auth: auths.bearer, test: isMe },
    { name: 'Refresh by the cookie', method: 'POST', path: '/api/auth/refresh', test: refreshedByCookie },
    {
      name: 'Log in on another device',
      method: 'POST',
      path: '/api/auth/login',
      body: { json: { ...credentials, token_delivery: 'body' } },
      test: loggedInElsewhere,
    },
    {
      name: 'Who am I there',
      path: '/api/auth/me',
      auth: bearerOf('other_access_token'),
      test: isOtherSession,
    },
    { name: 'My sessions', path: '/api/auth/sessions', auth: auths.bearer, test: listsBoth },
    {
      name: 'End the other session',
      method: 'DELETE',
      path: '/api/auth/sessions/:id',
      pathVariables: [{ key: 'id', value: '{{session_id}}' }],
      auth: auths.bearer,
      test: isEnded,
    },
    { name: 'My sessions without it', path: '/api/auth/sessions', auth: auths.bearer, test: listsItNoMore },
    {
      name: 'Refresh there is refused',
      method: 'POST',
      path: '/api/auth/refresh',
      body: { json: { refresh_token: '{{other_refresh_token}}' } },
      test: refusedWith(401, 'REFRESH_TOKEN_INVALID'),
    },
    { name: 'Log out', method: 'POST', path: '/api/auth/logout', test: loggedOut },
    {
      name: 'Refresh by the old cookie is refused',
      method: 'POST',
      path: '/api/auth/refresh',
      headers: [{ key: 'Cookie', value: '{{refresh_cookie}}' }],
      test: refusedWith(401, 'REFRESH_TOKEN_INVALID'),
    },
    {
      name: 'The access token is refused too',
      path: '/api/auth/me',
      auth: auths.bearer,
      test: refusedWith(401, 'INVALID_TOKEN'),
    },
  ],
};

function loggedInByBody() {
  pm.test('gives both tokens in the body', () => {
    pm.response.to.have.status(200);
    const { data } = pm.response.json();
    pm.expect(data.refresh_expires_in).to.be.above(data.expires_in);
    pm.expect(pm.response.headers.get('Set-Cookie') ?? '').not.to.include('refreshToken');
    pm.collectionVariables.set('access_token', data.access_token);
    pm.collectionVariables.set('refresh_token', data.refresh_token);
  });
}

function refreshedByBody() {
  pm.test('gives the next of both', () => {
    pm.response.to.have.status(200);
    const { data } = pm.response.json();
    pm.expect(data.refresh_token).not.to.equal(pm.collectionVariables.get('refresh_token'));
    pm.collectionVariables.set('access_token', data.access_token);
    pm.collectionVariables.set('refresh_token', data.refresh_token);
  });
}

function listsCurrent() {
  pm.test('lists the session that is asking', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json().data.filter(({ current }) => current)).to.have.lengthOf(1);
  });
}

function isLoggedOut() {
  pm.test('ends the session', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json().data).to.equal(null);
  });
}

const refreshToken = { json: { refresh_token: '{{refresh_token}}' } };
const byBody = {
  name: 'Native API: a session by body',
  description: 'The same for clients without a cookie jar: the refresh token travels in the body.',
  steps: [
    {
      name: 'Log in with tokens in the body',
      method: 'POST',
      path: '/api/auth/login',
      body: { json: { ...credentials, token_delivery: 'body' } },
      test: loggedInByBody,
    },
    { name: 'Who am I by this token', path: '/api/auth/me', auth: auths.bearer, test: isMe },
    {
      name: 'Refresh by body',
      method: 'POST',
      path: '/api/auth/refresh',
      body: refreshToken,
      test: refreshedByBody,
    },
    { name: 'Sessions by the new token', path: '/api/auth/sessions', auth: auths.bearer, test: listsCurrent },
    {
      name: 'Log out by body',
      method: 'POST',
      path: '/api/auth/logout',
      body: refreshToken,
      test: isLoggedOut,
    },
    {
      name: 'Refresh by body is refused',
      method: 'POST',
      path: '/api/auth/refresh',
      body: refreshToken,
      test: refusedWith(401, 'REFRESH_TOKEN_INVALID'),
    },
  ],
};

module.exports = { byBody, byCookie };
