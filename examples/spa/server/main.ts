import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { AccessCheck } from './access.ts';
import { ApiError } from './api-error.ts';
import { type Answer, NotesApi } from './api.ts';
import { Notes } from './notes.ts';
import { pageHeaders, readPage } from './page-files.ts';

const { PORT = '5173', GATEWAY_URL = 'http://127.0.0.1:3000', JWT_AUDIENCE = 'gatehouse' } = process.env;
const { JWT_ISSUER = GATEWAY_URL } = process.env;

const access = new AccessCheck({ gatewayUrl: GATEWAY_URL, issuer: JWT_ISSUER, audience: JWT_AUDIENCE });
const api = new NotesApi(access, new Notes());
const page = readPage(join(import.meta.dirname, '..', 'dist'));
const headers = pageHeaders(GATEWAY_URL);

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method } = request;
  const [url = '/'] = (request.url ?? '').split('?', 1);
  if (url.startsWith('/api/')) return send(response, await api.answer(request).catch(answerTo));
  if (method !== 'GET') return send(response, { status: 405, body: { error: 'Only GET is known here.' } });
  if (url === '/settings.json') return send(response, { status: 200, body: { gatewayUrl: GATEWAY_URL } });
  const file = page.get(url);
  if (!file) return send(response, { status: 404, body: { error: 'There is no such page.' } });
  const { bytes, type, cacheControl } = file;
  response.writeHead(200, { ...headers, 'Content-Type': type, 'Cache-Control': cacheControl }).end(bytes);
}

/** What went wrong on this side stands in the log alone. */
function answerTo(error: unknown): Answer {
  if (!(error instanceof ApiError) || error.status >= 500) console.error(error);
  if (error instanceof ApiError) return { status: error.status, body: { error: error.message } };
  return { status: 500, body: { error: 'Something went wrong here.' } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    ...headers,
    ...{ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    // What is left of a body that was too long is not read.
    ...(status === 413 && { Connection: 'close' }),
  });
  response.end(JSON.stringify(body));
}

const server = createServer((request, response) => void serve(request, response));
server.requestTimeout = 10_000;
server.maxConnections = 1000;
server.on('error', (error) => {
  console.error(`The application cannot listen on port ${PORT}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`ready on http://127.0.0.1:${PORT}`));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => process.exit(0));
}
