const { mixOf } = require('../mix');

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const jwt = /"access_token":"[\w-]+\.[\w-]+\.[\w-]+"/;

function loginOf({ people, clients, authorization }, index) {
  let turn = index;
  const headers = { ...form, authorization };
  return {
    next: () => {
      const { username, password } = people[turn % people.length];
      turn += clients;
      const fields = { grant_type: 'password', scope: 'profile email', username, password };
      return { method: 'POST', path: '/oauth2/token', headers, body: new URLSearchParams(fields).toString() };
    },
    take({ status, body }) {
      if (status !== 200 || !jwt.test(body)) throw new Error(`a login was answered ${status}`);
    },
  };
}

function refreshOf({ sessions, authorization }, index) {
  const body = `grant_type=refresh_token&refresh_token=${sessions[index].refreshToken}`;
  const request = { method: 'POST', path: '/oauth2/token', headers: { ...form, authorization }, body };
  return {
    next: () => request,
    take({ status, body: text }) {
      if (status !== 200 || !jwt.test(text)) throw new Error(`a refresh was answered ${status}`);
    },
  };
}

function getOf({ sessions }, index, { path, isRight }) {
  const headers = { authorization: `Bearer ${sessions[index].accessToken}` };
  const request = { method: 'GET', path, headers };
  return {
    next: () => request,
    take(answer) {
      if (answer.status !== 200 || !isRight(answer)) throw new Error(`${path} was answered ${answer.status}`);
    },
  };
}

const verify = { path: '/verify', isRight: (answer) => answer.header('x-user') !== undefined };
const userinfo = { path: '/oauth2/userinfo', isRight: ({ body }) => body.includes('"sub":"') };
const jwks = { path: '/oauth2/jwks', isRight: ({ body }) => body.includes('"kty":"RSA"') };

exports['login-ldap'] = loginOf;
exports.refresh = refreshOf;
exports.verify = (state, index) => getOf(state, index, verify);
exports.me = (state, index) => getOf(state, index, userinfo);
exports.jwks = () => getOf({ sessions: [{}] }, 0, jwks);
exports.mix = (state, index) => {
  const [login, refresh] = [loginOf(state, index), refreshOf(state, index)];
  return mixOf({ login, refresh, verify: exports.verify(state, index) }, index);
};
