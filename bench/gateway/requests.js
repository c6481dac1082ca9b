// What the load asks the gateway and the limit programs, which speak alike; see bench/peers/README.md.

const json = { 'content-type': 'application/json' };
const tokenForm = { access: /"access_token":"([^"]+)"/, refresh: /"refresh_token":"([^"]+)"/ };

function tokenIn(body, kind) {
  const [, token] = tokenForm[kind].exec(body) ?? [];
  if (token === undefined) throw new Error(`no ${kind} token`);
  return token;
}

function demand200(answer) {
  if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
}

/** Somebody else with each request, so that nobody's sessions are what is measured. */
function logins({ people }, index, clients) {
  const own = people.filter((_person, n) => n % clients === index % people.length);
  const requests = own.map(({ username, password }) => ({
    method: 'POST',
    path: '/api/auth/login',
    headers: json,
    body: JSON.stringify({ username, password, token_delivery: 'body' }),
  }));
  let turn = 0;
  return {
    next: () => requests[turn++ % requests.length],
    take(answer) {
      demand200(answer);
      tokenIn(answer.body, 'access');
    },
  };
}

function refreshes({ tokens }, index) {
  let { refresh } = tokens[index];
  return {
    next: () => ({
      method: 'POST',
      path: '/api/auth/refresh',
      headers: json,
      body: `{"refresh_token":"${refresh}"}`,
    }),
    take(answer) {
      demand200(answer);
      const successor = tokenIn(answer.body, 'refresh');
      if (successor === refresh) throw new Error('the token was not rotated');
      refresh = successor;
    },
    accessTokenOf: (answer) => tokenIn(answer.body, 'access'),
  };
}

const bearer = (path, token) => ({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } });

function verifies({ tokens }, index) {
  const request = bearer('/api/auth/verify', tokens[index].access);
  return {
    next: () => request,
    take(answer) {
      demand200(answer);
      if (!answer.head.includes(`person-`)) throw new Error('nobody is named');
    },
  };
}

function me({ tokens }, index) {
  const request = bearer('/api/auth/me', tokens[index].access);
  return {
    next: () => request,
    take(answer) {
      demand200(answer);
      if (!answer.body.includes('person-')) throw new Error('nobody is named');
    },
  };
}

const keySet = { method: 'GET', path: '/.well-known/jwks.json' };

function jwks() {
  return {
    next: () => keySet,
    take(answer) {
      demand200(answer);
      if (!answer.body.includes('"keys"')) throw new Error('no key set');
    },
  };
}

/** 1 + 20 + 200 */
const mixLength = 221;
const refreshEvery = 11;
/** So that the clients are at different places of it. */
const mixStride = 29;

function mix(state, index, clients) {
  const login = logins(state, index, clients);
  const refresh = refreshes(state, index);
  let verify = verifies(state, index);
  let at = (index * mixStride) % mixLength;
  let current;
  return {
    next() {
      current = at === 0 ? login : at % refreshEvery === 0 ? refresh : verify;
      at = (at + 1) % mixLength;
      return current.next();
    },
    take(answer) {
      current.take(answer);
      if (current === refresh) verify = verifies({ tokens: [{ access: refresh.accessTokenOf(answer) }] }, 0);
    },
  };
}

module.exports = {
  'login-ldap': logins,
  'login-external': logins,
  'login-file': logins,
  refresh: refreshes,
  verify: verifies,
  me,
  jwks,
  mix,
};
