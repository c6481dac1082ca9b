import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { Client, cookieOf, type JsonObject, objectOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

/** One worked mapping of docs/external.md: the settings, what is sent, what comes back, and who that is. */
interface Recipe {
  readonly title: string;
  readonly mode: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly request: string;
  readonly answer: string;
  readonly claims: JsonObject | undefined;
  readonly user: JsonObject;
  /** What the profile says later, and who the person is then. */
  readonly profile: string | undefined;
  readonly renewed: JsonObject;
}

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const page = readFileSync(join(__dirname, '..', 'docs', 'external.md'), 'utf8');

/** A section with an `env` block is a recipe; its further blocks belong to it. */
function recipes(): Recipe[] {
  return page.split(/^#{2,3} /m).flatMap((section) => {
    const blocks = new Map(
      [...section.matchAll(/^```(\w+ \w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = '']) => [
        kind,
        body,
      ]),
    );
    const env = [...blocks].find(([kind]) => kind.startsWith('env '));
    if (!env) return [];
    const claims = blocks.get('json claims');
    return {
      title: section.slice(0, section.indexOf('\n')),
      mode: env[0].slice('env '.length),
      variables: variablesOf(env[1]),
      request: blocks.get('http request') ?? '',
      answer: blocks.get('json answer') ?? '',
      claims: claims === undefined ? undefined : objectOf(JSON.parse(claims)),
      user: objectOf(JSON.parse(blocks.get('json user') ?? '{}')),
      profile: blocks.get('json profile'),
      renewed: objectOf(JSON.parse(blocks.get('json renewed') ?? '{}')),
    };
  });
}

function variablesOf(body: string): Record<string, string> {
  const lines = body.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function tokenWith(claims: JsonObject): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'service-1' })
    .setExpirationTime('15m')
    .sign(privateKey);
}

/** Plays the service of a recipe: its answer to the login, its profile, and its key set to every other GET. */
class Service {
  readonly seen: Seen[] = [];
  private server: Server | undefined;

  constructor(private readonly recipe: Recipe) {}

  async start(): Promise<string> {
    const { answer, claims, profile } = this.recipe;
    const body = answer.replace('<JWT>', await tokenWith(claims ?? {}));
    const keys = JSON.stringify({
      keys: [{ ...(await exportJWK(publicKey)), kid: 'service-1', alg: 'RS256' }],
    });
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.seen.push({
          line: `${request.method ?? ''} ${request.url ?? ''}`,
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
        response.setHeader('content-type', 'application/json');
        const isProfile = profile !== undefined && request.url?.startsWith('/v2/people/');
        const got = isProfile ? profile : keys;
        response.end(request.method === 'GET' ? got : body);
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('The service does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

/** What the page shows of a request: its line, some headers, its body. */
function shownRequest(text: string): { line: string; headers: [string, string][]; body: string } {
  const [head = '', body = ''] = text.split('\n\n');
  const [line = '', ...headers] = head.trim().split('\n');
  const pairs = headers.map((header): [string, string] => {
    const colon = header.indexOf(': ');
    return [header.slice(0, colon), header.slice(colon + 2)];
  });
  return { line, headers: pairs, body: body.trim() };
}

describe('docs/external.md', () => {
  let gateway: RunningGateway | undefined;
  let service: Service | undefined;

  afterEach(async () => {
    service?.stop();
    await gateway?.stop();
  });

  async function login(recipe: Recipe) {
    service = new Service(recipe);
    const url = await service.start();
    const placed = Object.entries(recipe.variables).map(([name, value]): [string, string] => [
      name,
      name === 'EXTERNAL_AUTH_URL' ? value.replace('https://auth.example.org', url) : value,
    ]);
    gateway = await startGateway(Object.fromEntries(placed));
    const answer = await new Client(gateway.url).login('maria', 'secreto');
    return { answer, seen: service.seen };
  }

  it('holds three worked mappings and the relay', () => {
    expect(recipes().map(({ mode }) => mode)).toEqual(['sign', 'sign', 'sign', 'relay']);
  });

  it.each(recipes().filter(({ mode }) => mode === 'sign'))('$title: works as it says', async (recipe) => {
    const { answer, seen } = await login(recipe);
    expect([answer.status, answer.body['code']]).toEqual([200, undefined]);
    expect(objectOf(answer.data['user'])).toEqual(recipe.user);
    const shown = shownRequest(recipe.request);
    expect(seen[0]?.line).toBe(shown.line);
    expect(seen[0]?.body).toBe(shown.body);
    for (const [name, value] of shown.headers) {
      const form = value.replace('<SECONDS>', '\\d+').replace('<HEX>', '[0-9a-f]{64}');
      expect(seen[0]?.headers[name]).toMatch(new RegExp(`^${form}$`));
    }
    expect(shown.headers.length).toBeGreaterThan(0);
  });

  it.each(recipes().filter(({ profile }) => profile !== undefined))(
    '$title: sees at a refresh what has changed',
    async (recipe) => {
      const { answer } = await login(recipe);
      gateway?.clock.advance(301_000);
      const client = new Client(gateway?.url ?? '');
      const refreshed = await client.refresh(cookieOf(answer));
      const me = await client.me(String(refreshed.data['access_token']));
      expect(objectOf(me.data['user'])).toEqual(recipe.renewed);
    },
  );

  it.each(recipes().filter(({ mode }) => mode === 'relay'))('$title: works as it says', async (recipe) => {
    const claims = { sub: '1042', iss: 'https://auth.example.org', aud: 'app' };
    const answer = '{"success":true,"data":{"access_token":"<JWT>","refresh_token":"of-the-service"}}';
    const { answer: login200, seen } = await login({ ...recipe, answer, claims });
    expect(login200.status).toBe(200);
    expect(login200.setCookies[0]).toMatch(/^refreshToken=of-the-service; /);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      idSistema: 7,
      usuario: 'maria',
      contrasenia: 'secreto',
    });
    const me = await new Client(gateway?.url ?? '').me(String(login200.data['access_token']));
    expect(objectOf(me.data['user'])['sub']).toBe('external:1042');
  });
});
