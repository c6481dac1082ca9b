// What peers check themselves with before they are measured: one request at a time, and the signature of a JWT.
const { createHmac, createPublicKey, verify } = require('node:crypto');
const { request } = require('node:http');

const timeoutMs = 60_000;
const longestBytes = 4 * 1024 * 1024;

/**
 * Sends what a client's `next()` has given and resolves with an answer for its `take()`: `{ status, body, header, headers }`.
 * @throws Error when there is none within a minute, or it is longer than 4 MiB
 */
function ask(port, { method, path, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false, timeout: timeoutMs };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (part) => {
        text += part;
        if (text.length > longestBytes) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response, text)));
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered in time`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Its functions need it, as those of the load generator's answers do: a client that takes them out of it is found here. */
function answerOf({ statusCode, headersDistinct }, body) {
  return {
    status: statusCode,
    body,
    header(name) {
      return this.headers(name)[0];
    },
    headers: (name) => headersDistinct[name] ?? [],
  };
}

/** Two requests of one client: that the second one is answered shows that what it took from the first answer is good. */
async function askTwice(port, client) {
  for (let times = 0; times < 2; times++) client.take(await ask(port, client.next()));
}

/** Asks for all of them, a few at a time, and resolves with the results in their order. */
async function inTurns(items, doOne, atATime = 8) {
  const results = new Array(items.length);
  const entries = items.entries();
  const work = async () => {
    for (const [index, item] of entries) results[index] = await doOne(item, index);
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return results;
}

function decoded(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

function holds({ alg, signed, signature }, key) {
  if (alg === 'HS256') return createHmac('sha256', key).update(signed).digest().equals(signature);
  const publicKey = createPublicKey(key.kty ? { key, format: 'jwk' } : key);
  if (alg === 'EdDSA') return verify(null, signed, publicKey, signature);
  return verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

/**
 * The claims of a JWT that is valid for more than a minute. `key` is a PEM or a JWK (ES256, RS256, EdDSA), or a secret (HS256).
 * @throws Error when it is of another algorithm, its signature does not hold or it has expired
 */
function claimsOf(token, { alg, key }) {
  const [header, payload, signature] = token.split('.');
  if (decoded(header).alg !== alg) throw new Error(`a token is signed by ${decoded(header).alg}, not ${alg}`);
  const parts = {
    alg,
    signed: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
  };
  if (!holds(parts, key)) throw new Error('the signature of a token does not hold');
  const claims = decoded(payload);
  if (!(claims.exp > Date.now() / 1000 + 60)) throw new Error('a token has expired');
  return claims;
}

/** @throws Error with these words when the answer has another status */
function expectStatus(answer, status, words) {
  if (answer.status !== status) throw new Error(`${words} was answered ${answer.status}, not ${status}`);
}

module.exports = { ask, askTwice, claimsOf, expectStatus, inTurns };
