const json = { 'content-type': 'application/json' };
const jwt = /^{"token":"[\w-]+\.[\w-]+\.[\w-]+"}$/;

exports['login-file'] = ({ people, clients }, index) => {
  let turn = index;
  return {
    next: () => {
      const { username, password } = people[turn % people.length];
      turn += clients;
      const body = JSON.stringify({ email: `${username}@example.org`, password });
      return { method: 'POST', path: '/api/auth/sign-in/email', headers: json, body };
    },
    take({ status, body }) {
      if (status !== 200 || !body.includes('"token":"')) throw new Error(`a login was answered ${status}`);
    },
  };
};

function getOf({ tokens }, index, { path, isRight }) {
  const request = { method: 'GET', path, headers: { authorization: `Bearer ${tokens[index]}` } };
  return {
    next: () => request,
    take({ status, body }) {
      if (status !== 200 || !isRight(body)) throw new Error(`${path} was answered ${status}`);
    },
  };
}

/** A session that is unknown is answered 200 too, with null. */
const session = {
  path: '/api/auth/get-session?disableRefresh=true',
  isRight: (body) => body.includes('"user":{'),
};
const token = { path: '/api/auth/token', isRight: (body) => jwt.test(body) };
const jwks = { path: '/api/auth/jwks', isRight: (body) => body.includes('"kty":"EC"') };

exports.refresh = (state, index) => getOf(state, index, token);
exports.verify = (state, index) => getOf(state, index, session);
exports.me = exports.verify;
exports.jwks = () => getOf({ tokens: ['none'] }, 0, jwks);
