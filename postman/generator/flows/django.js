// The dialect of COMPAT=django.
/* global pm */
const { refusedWithMember } = require('./refusals');

const login = { method: 'POST', path: '/api/login-ldap/' };
const credentials = { username: '{{username}}', password: '{{password}}' };

function loggedIn() {
  pm.test('logs in by a session cookie', () => {
    pm.response.to.have.status(200);
    const { status, message, full_name: fullName } = pm.response.json();
    pm.expect([status, message]).to.eql(['ok', 'Login exitoso']);
    pm.expect(fullName).to.be.a('string');
    const names = pm.cookies.all().map(({ name }) => name);
    pm.expect(names.filter((name) => name.endsWith('sessionid'))).to.have.lengthOf(1);
  });
}

function isLoggedIn() {
  pm.test('knows who it is', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json().username).to.equal(pm.variables.get('username'));
  });
}

function isMe() {
  pm.test('the cookie opens the native API for reading', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json().data.user.username).to.equal(pm.variables.get('username'));
  });
}

function loggedOut() {
  pm.test('ends the session and clears the cookie', () => {
    pm.response.to.have.status(200);
    pm.expect(pm.response.json().message).to.equal('Sesión cerrada');
    const names = pm.cookies.all().map(({ name }) => name);
    pm.expect(names.filter((name) => name.endsWith('sessionid'))).to.eql([]);
  });
}

const django = {
  name: 'Django: a session and its errors',
  description: 'Needs COMPAT=django.',
  steps: [
    { name: 'Log in as Django', ...login, body: { json: credentials }, test: loggedIn },
    { name: 'The session', path: '/api/session/', test: isLoggedIn },
    { name: 'Who am I by the session cookie', path: '/api/auth/me', test: isMe },
    { name: 'Log out as Django', path: '/api/logout/', test: loggedOut },
    {
      name: 'No session any more',
      path: '/api/session/',
      test: refusedWithMember(401, 'message', 'No hay sesión activa'),
    },
    {
      name: 'A wrong password in Django',
      ...login,
      body: { json: { ...credentials, password: 'not the password' } },
      test: refusedWithMember(401, 'message', 'Credenciales inválidas'),
    },
    {
      name: 'A missing field in Django',
      ...login,
      body: { json: { username: '{{username}}' } },
      test: refusedWithMember(401, 'message', 'Credenciales inválidas'),
    },
    {
      name: 'No JSON in Django',
      ...login,
      body: { raw: '{username' },
      test: refusedWithMember(400, 'message', 'Formato JSON inválido'),
    },
    {
      name: 'A page of a foreign origin in Django',
      ...login,
      headers: [{ key: 'Origin', value: 'https://foreign.example' }],
      body: { json: credentials },
      test: refusedWithMember(403, 'message', 'No se permiten peticiones desde páginas de este origen'),
    },
    {
      name: 'Another method in Django',
      path: '/api/login-ldap/',
      test: refusedWithMember(405, 'message', 'Método no permitido. Se requiere POST.'),
    },
    {
      name: 'An unknown route beside Django',
      path: '/api/login-ldap/nothing',
      test: refusedWithMember(404, 'code', 'NOT_FOUND'),
    },
  ],
};

module.exports = { django };
