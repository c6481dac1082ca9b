import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { BrowserContext, Page } from 'playwright-core';
import { type BrowserBench, browserBench } from './browser-bench';
import { portOf } from '../servers/service-front';
import { type JsonObject, objectOf } from './client';

/** The gateway's host, and that of a page on another origin of the same site. */
export const sso = 'sso.example.test';
export const app = 'app.example.test';

/** A request as an API saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

/** An API on an origin of its own that pages of all origins may call. Preflights are not among what it has seen. */
export class RecordingApi {
  readonly seen: SeenRequest[] = [];
  /** Tokens that it refuses with 401; or every one. */
  readonly refused = new Set<string>();
  refusesAll = false;
  /** Where `/redirect` leads. */
  redirectsTo = '';

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<RecordingApi> {
    const server = createServer((request, response) => void api.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = portOf(server.address());
    const api = new RecordingApi(server, `http://127.0.0.1:${port}`);
    return api;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The tokens that came, in their order. */
  get tokens(): readonly string[] {
    return this.seen.map(({ authorization }) => authorization);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-headers', 'authorization, content-type');
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const { url: path = '', headers } = request;
    const { authorization = '' } = headers;
    this.seen.push({ path, authorization, body: await textOf(request) });
    if (path === '/redirect') return void response.writeHead(307, { location: this.redirectsTo }).end();
    const isRefused = this.refusesAll || this.refused.has(authorization.replace('Bearer ', ''));
    response.writeHead(isRefused ? 401 : 200).end('{}');
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += String(part);
  return text;
}

/** A page that has the client, as an application would load it. */
export interface ClientPage {
  readonly page: Page;
  /** Runs an expression in which `gatehouse` is the client; its value must be JSON. Errors of the client come as their members. */
  run(expression: string): Promise<unknown>;
  /** The names of the events since the page was loaded. */
  events(): Promise<readonly string[]>;
  login(): Promise<unknown>;
}

export interface ClientBench extends BrowserBench {
  readonly api: RecordingApi;
  /** Opens a page of a host and gives it the client. */
  open(context: BrowserContext, host?: string): Promise<ClientPage>;
  /** Gives a page the client again after it was loaded again. */
  equip(page: Page): Promise<ClientPage>;
  /** How many requests the gateway has answered on a route, with this status if one is named. */
  count(route: string, status?: number): number;
}

export async function clientBench(options: Parameters<typeof browserBench>[0] = {}): Promise<ClientBench> {
  const bench = await browserBench({ allowed: [app], ...options });
  const api = await RecordingApi.start();
  const origin = bench.origin(sso);
  const settings = JSON.stringify({ baseUrl: origin, apiOrigins: [api.origin], locale: 'en' });

  async function equip(page: Page): Promise<ClientPage> {
    await page.evaluate(`import(${JSON.stringify(`${origin}/client/gatehouse.js`)}).then((client) => {
      window.gatehouse = client.createGatehouse(${settings});
      window.events = [];
      for (const name of ['login', 'logout', 'session-ended', 'user']) gatehouse.on(name, () => events.push(name));
    })`);
    const run = (expression: string) =>
      page.evaluate<unknown>(
        `(async () => { try { return await (${expression}); }
          catch (error) { return { ...error, name: error.name, message: error.message }; } })()`,
      );
    return {
      page,
      run,
      events: async () => (await page.evaluate<string[]>('events')) ?? [],
      login: () =>
        run(`gatehouse.login({ username: 'demo', password: ${JSON.stringify(bench.gateway.demoPassword)} })`),
    };
  }

  return {
    ...bench,
    api,
    equip,
    open: async (context, host = app) => equip(await bench.visit(context, host)),
    count: (route, status) =>
      requestsOf(bench.gateway.logs()).filter(
        (line) => line['route'] === `/api/auth/${route}` && (status ?? line['status']) === line['status'],
      ).length,
    stop: async () => {
      await api.stop();
      await bench.stop();
    },
  };
}

function requestsOf(logs: string): readonly JsonObject[] {
  const lines = logs.trim().split('\n').filter(Boolean);
  const said = lines.map((line) => objectOf(JSON.parse(line)));
  return said.filter(({ msg, method }) => msg === 'request' && method !== 'OPTIONS');
}
