const { createServer } = require('node:http');

const longestBodyBytes = 64 * 1024;

function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let bytes = 0;
    request.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > longestBodyBytes) reject(new Error('the body is too long'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

async function answer(route, request, reply) {
  let result;
  try {
    const body = request.method === 'POST' ? JSON.parse(await bodyOf(request)) : undefined;
    result = await route(request, body);
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
  }
  const { status = 401, headers, text = '{"status":"error"}' } = result ?? {};
  reply.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  reply.end(text);
}

/**
 * Bare node:http: a route for each method and path, which is given the request and the parsed body and gives `{ status, headers, text }`;
 * nothing is answered 401. Calls `listening` with the port.
 */
function listen(routes, listening) {
  const server = createServer((request, reply) => {
    void answer(routes[`${request.method} ${request.url}`] ?? (() => undefined), request, reply);
  });
  server.keepAliveTimeout = 72_000;
  server.listen(0, '127.0.0.1', () => listening(server.address().port));
}

/** Data in an envelope, as the gateway answers. */
function success(data) {
  return { status: 200, text: JSON.stringify({ status: 'success', data }) };
}

module.exports = { listen, success };
