const { mixOf } = require('../mix');

const json = 'application/json';
const accessToken = /"accessToken":"[\w-]+\.[\w-]+\.[\w-]+"/;

/** The rate limit of logins counts by address. */
function addressOf(index) {
  return `10.0.${index >> 8}.${index & 255}`;
}

function loginOf(state, index) {
  let turn = index;
  return {
    next: () => {
      const { username, password } = state.people[turn % state.people.length];
      turn += state.clients;
      const headers = { 'content-type': json, 'x-forwarded-for': addressOf(index) };
      return { method: 'POST', path: '/auth/login', headers, body: JSON.stringify({ username, password }) };
    },
    take({ status, body }) {
      if (status !== 200 || !accessToken.test(body)) throw new Error(`a login was answered ${status}`);
    },
  };
}

function refreshOf(state, index) {
  let token = state.sessions[index].refreshToken;
  return {
    next: () => ({ method: 'POST', path: '/auth/refresh', headers: { cookie: `refresh_token=${token}` } }),
    take(answer) {
      const next = /^refresh_token=([^;]+)/.exec(answer.header('set-cookie') ?? '')?.[1];
      if (answer.status !== 200 || !next || next === token || !accessToken.test(answer.body))
        throw new Error(`a refresh was answered ${answer.status}`);
      token = next;
    },
  };
}

function getOf(path, expected, state, index) {
  const headers = { authorization: `Bearer ${state.sessions[index].accessToken}` };
  const request = { method: 'GET', path, headers };
  return {
    next: () => request,
    take({ status, body }) {
      if (status !== expected || (expected === 200 && !body.includes('"sub":"')))
        throw new Error(`${path} was answered ${status}`);
    },
  };
}

exports['login-ldap'] = loginOf;
exports.refresh = refreshOf;
exports.verify = (state, index) => getOf('/auth/verify', 204, state, index);
exports.me = (state, index) => getOf('/auth/me', 200, state, index);
exports.mix = (state, index) => {
  const [login, refresh] = [loginOf(state, index), refreshOf(state, index)];
  return mixOf({ login, refresh, verify: exports.verify(state, index) }, index);
};
