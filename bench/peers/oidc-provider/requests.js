const form = { 'content-type': 'application/x-www-form-urlencoded' };
const jwt = /"access_token":"[\w-]+\.[\w-]+\.[\w-]+"/;

exports.refresh = ({ refreshTokens }, index) => {
  let token = refreshTokens[index];
  return {
    next: () => ({
      method: 'POST',
      path: '/token',
      headers: form,
      body: `grant_type=refresh_token&client_id=bench&refresh_token=${token}`,
    }),
    take({ status, body }) {
      const next = /"refresh_token":"([^"]+)"/.exec(body)?.[1];
      if (status !== 200 || !next || next === token || !jwt.test(body))
        throw new Error(`a refresh was answered ${status}`);
      token = next;
    },
  };
};

function getOf(path, part, headers) {
  const request = { method: 'GET', path, headers };
  return {
    next: () => request,
    take({ status, body }) {
      if (status !== 200 || !body.includes(part)) throw new Error(`${path} was answered ${status}`);
    },
  };
}

exports.me = ({ accessTokens }, index) =>
  getOf('/me', '"sub":"', { authorization: `Bearer ${accessTokens[index]}` });

exports.jwks = () => getOf('/jwks', '"kty":"EC"', {});
