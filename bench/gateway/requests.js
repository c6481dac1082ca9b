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

/** Leads the sessions on that are its own, in turns. */
function refreshes({ tokens }, index, clients) {
  const own = tokens.filter((_token, n) => n % clients === index).map(({ refresh }) => refresh);
  let turn = 0;
  return {
    next: () => ({
      method: 'POST',
      path: '/api/auth/refresh',
      headers: json,
      body: `{"refresh_token":"${own[turn]}"}`,
    }),
    take(answer) {
      demand200(answer);
      const successor = tokenIn(answer.body, 'refresh');
      if (successor === own[turn]) throw new Error('the token was not rotated');
      own[turn] = successor;
      turn = (turn + 1) % own.length;
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
  const refresh = refreshes(state, index, clients);
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

/** The address of a number below 16,777,216. */
function addressOf(index) {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** A prime, so that the addresses are asked from in no order, and all of them. */
const addressStride = 7919;

/** Requests without a token, which are counted by their address and then refused; from all addresses in turns, as of a proxy. */
function fromAddresses({ count, remaining }, index, clients) {
  let at = index;
  return {
    next() {
      const address = addressOf((at * addressStride) % count);
      at += clients;
      return { method: 'GET', path: '/api/auth/me', headers: { 'x-forwarded-for': address } };
    },
    take(answer) {
      if (answer.status !== 401) throw new Error(`answered ${answer.status}`);
      if (!(Number(answer.header('ratelimit-remaining')) < remaining))
        throw new Error('the address was not known');
    },
  };
}

module.exports = {
  addressOf,
  addresses: fromAddresses,
  'login-ldap': logins,
  'login-external': logins,
  'login-file': logins,
  refresh: refreshes,
  verify: verifies,
  me,
  jwks,
  mix,
};
