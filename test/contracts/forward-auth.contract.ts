import { connect } from 'node:net';
import { identityHeaderNames } from '../../src/forward-auth/identity-headers';
import { Application } from '../servers/application';
import { freePort } from '../servers/process';
import type { ProxyPorts, RunningProxy } from '../servers/proxy';
import { Client } from '../support/client';
import { type RunningGateway, startGateway } from '../support/gateway';
import { pageCookie } from '../support/page-session';
import { type PlainAnswer, type PlainRequest, plainRequest } from '../support/plain-request';

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' };
const call = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'application/json' };

/** Paths that some application may read as `/admin/`, or that no two programs read alike. */
const waysToAdmin = [
  ...['/admin', '/admin/', '/admin/a', '/ADMIN/', '/Admin', '/%61dmin/', '/%41DMIN', '//admin/', '///admin'],
  ...[
    '/admin;x/',
    '/admin;x=1',
    '/admin%3bx/',
    '/;x/admin/',
    '/x/..;/admin/',
    '/x/..%3b/admin/',
    '/admin/..;/a',
  ],
  ...['/x/../admin/', '/x/%2e%2e/admin/', '/x/..%2fadmin/', '/./admin/', '/x%2fadmin', '/admin%2fa'],
  ...['/admin/../a', '/admin/%2e%2e/a', '/a/..%2f..%2fadmin', '/a/..'],
  ...['/\\admin/', '/x\\..\\admin', '/%5cadmin', '/admin%5ca', '/admin\\..\\a'],
  ...['/admin.json', '/admin.', '/admin%20', '/admin%09', '/admin%00', '/admin:a', '/admin%23', '/admin%3fa'],
  ...['/admin/%zz', '/admin/%', '/%61dmin/%zz', '/%61dmin/%', '/%61dmin%a', '/admin/%u0061'],
];

export interface ProxyUnderTest {
  readonly name: string;
  readonly start: (ports: ProxyPorts) => Promise<RunningProxy>;
}

/** What every proxy has to hold with the sample of `deploy/` that people copy. */
export function forwardAuthContract({ name, start }: ProxyUnderTest): void {
  let application: Application;
  let gateway: RunningGateway;
  let proxy: RunningProxy;
  let port: number;
  let cookie: string;

  beforeAll(async () => {
    [application, port] = [await Application.start(), await freePort()];
    gateway = await startGateway({
      JWT_ISSUER: `http://id.example.org:${port}`,
      RETURN_ORIGINS: `http://wiki.example.org:${port}`,
      COOKIE_DOMAIN: 'example.org',
      TRUSTED_PROXIES: '127.0.0.1',
    });
    const gatewayPort = Number(new URL(gateway.url).port);
    proxy = await start({ own: port, gateway: gatewayPort, application: application.port });
    cookie = await pageCookie(gateway);
  }, 60_000);
  afterAll(async () => {
    await proxy.stop();
    await gateway.stop();
    await application.stop();
  });
  beforeEach(() => void application.seen.splice(0));

  /** Asks the proxy for an address by the host in it, as a browser does whose names lead to 127.0.0.1. */
  function ask(address: string, { headers, ...others }: PlainRequest = {}): Promise<PlainAnswer> {
    const { host, pathname, search } = new URL(address, `http://wiki.example.org:${port}`);
    return plainRequest(`http://127.0.0.1:${port}${pathname}${search}`, {
      ...others,
      headers: { ...headers, host },
    });
  }

  function seenHeaders(): ReadonlyMap<string, string> {
    const [{ rawHeaders } = { rawHeaders: [] }] = application.seen;
    const pairs = rawHeaders.flatMap((text, index): [string, string][] =>
      index % 2 === 0 ? [[text.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
    );
    return new Map(pairs);
  }

  describe(`${name} with the sample of deploy/`, () => {
    it('hands the renewed cookie to the browser, in an answer that nobody keeps', async () => {
      gateway.clock.advance(8 * 3_600_000);
      const renewed = await ask('/a', { headers: { ...call, cookie } });
      const cookies = renewed.headers['set-cookie']?.join() ?? '';
      expect(cookies).toContain('theme=dark');
      expect(cookies).toContain(cookie);
      expect(renewed.headers['cache-control']).toMatch(/\bno-store\b/);
      gateway.clock.advance(2000);
      const next = await ask('/a', { headers: { ...call, cookie } });
      expect([next.headers['set-cookie'], next.headers['cache-control']]).toEqual([
        ['theme=dark; Path=/'],
        'public, max-age=60',
      ]);
    });

    it('lets somebody in and names them', async () => {
      const answer = await ask('/a?b=c', { headers: { ...navigation, cookie } });
      expect([answer.status, answer.text]).toEqual([200, 'application: GET /a?b=c ']);
      expect(seenHeaders().get('remote-user')).toBe('demo');
      expect(seenHeaders().get('x-auth-strategy')).toBe('file');
    });

    it('passes on what the gateway has for everybody, and nothing that is for operators', async () => {
      const own = `http://id.example.org:${port}`;
      expect((await ask(`${own}/health/live`)).status).toBe(200);
      for (const path of ['/metrics', '/metric%73?a=b', '/health/directories', '/health/directories?a=b']) {
        const { status, headers } = await ask(own + path);
        // The gateway itself would give an id, also with a refusal.
        expect([path, status, headers['x-request-id']]).toEqual([path, 404, undefined]);
      }
    });

    it('lets an API call with an access token in, with its body', async () => {
      const login = await new Client(gateway.url).login('demo', gateway.demoPassword);
      const authorization = `Bearer ${String(login.data['access_token'])}`;
      const headers = { ...call, authorization, 'content-type': 'application/json' };
      const answer = await ask('/api', { method: 'POST', headers, body: '{"a":1}' });
      expect([answer.status, answer.text]).toEqual([200, 'application: POST /api {"a":1}']);
    });

    it('answers 401 to calls, and to forms of somebody who is not logged in', async () => {
      const calls: PlainRequest[] = [
        { headers: call },
        { headers: {} },
        { method: 'POST', headers: navigation, body: 'a=b' },
      ];
      for (const sent of calls) {
        const answer = await ask('/a', sent);
        expect([answer.status, answer.headers.location]).toEqual([401, undefined]);
      }
      expect(application.seen).toEqual([]);
    });

    it('sends a person to the login page and back to where they wanted to go', async () => {
      const wanted = `http://wiki.example.org:${port}/a/b?c=%2F&d=e`;
      const sent = await ask(wanted, { headers: navigation });
      expect(sent.status).toBe(302);
      const login = new URL(sent.headers.location ?? '');
      expect(login.origin + login.pathname).toBe(`http://id.example.org:${port}/login`);
      expect((await ask(login.href, { headers: navigation })).headers['content-type']).toMatch(/^text\/html/);
      expect(application.seen).toEqual([]);
      const back = await ask(login.searchParams.get('return_to') ?? '', {
        headers: { ...navigation, cookie },
      });
      expect([back.status, back.text]).toEqual([200, 'application: GET /a/b?c=%2F&d=e ']);
    });

    it('keeps out who lacks the role', async () => {
      for (const headers of [call, navigation]) {
        expect((await ask('/admin/a', { headers: { ...headers, cookie } })).status).toBe(403);
      }
      expect(
        (await ask('/admin/a?role=user', { headers: { ...call, cookie, 'x-auth-role': 'user' } })).status,
      ).toBe(403);
      expect((await ask('/admin/a', { headers: call })).status).toBe(401);
      expect(application.seen).toEqual([]);
    });

    it('lets no identity header of a client pass, however it is spelt', async () => {
      const spellings = identityHeaderNames.flatMap((header) => [
        ...[header, header.toUpperCase(), header.replaceAll('-', '_'), header.replace('-', '_')],
        ...[header.replace(/-(?=[^-]*$)/, '_'), header.replaceAll('-', '.'), header.replace('-', '~')],
      ]);
      for (const header of [...spellings, 'X_Auth-Roles', 'Remote_user', 'X~Auth.Roles', "Remote'User"]) {
        application.seen.splice(0);
        const answer = await ask('/a', { headers: { ...call, cookie, [header]: 'forged' } });
        expect([header, answer.status]).toEqual([header, 200]);
        expect([header, [...seenHeaders().values()].filter((value) => value.includes('forged'))]).toEqual([
          header,
          [],
        ]);
      }
    });

    it('keeps the cookies of the gateway from the application, and no others', async () => {
      const token = cookie.split('=', 2)[1] ?? '';
      const own = [
        '__Host-gatehouse_session=s',
        'refreshToken=r',
        '__Secure-refreshToken=s',
        'gatehouse_device=d',
      ];
      const jars = [
        [cookie],
        [cookie, 'theme=dark'],
        ['theme=dark', cookie],
        ['theme=dark', cookie, 'sessionid=1', ...own.slice(0, 2), 'lang=es', ...own.slice(2)],
        ['my_refreshToken_x=1', cookie, 'a=gatehouse_sessions'],
      ];
      for (const jar of jars) {
        application.seen.splice(0);
        const answer = await ask('/a', { headers: { ...call, cookie: jar.join('; ') } });
        expect([jar, answer.status]).toEqual([jar, 200]);
        const left = (seenHeaders().get('cookie') ?? '').split(';').map((pair) => pair.trim());
        const expected = jar.filter((pair) => pair !== cookie && !own.includes(pair));
        expect([jar, left.filter((pair) => pair !== '')]).toEqual([jar, expected]);
      }
      const many = Array.from({ length: 5 }, () => [cookie, 'refreshToken=r', 'gatehouse_device=d']).flat();
      application.seen.splice(0);
      await ask('/a', { headers: { ...call, cookie: many.join('; ') } });
      expect(seenHeaders().get('cookie') ?? '').not.toContain(token);
      expect(seenHeaders().get('cookie') ?? '').not.toContain('refreshToken');
      application.seen.splice(0);
      await ask('/a', { headers: { ...call, cookie: `my_refreshToken=1; ${cookie}` } });
      expect(
        seenHeaders()
          .get('cookie')
          ?.replace(/[; ]+$/, ''),
      ).toBe('my_refreshToken=1');
    });

    it('opens a WebSocket to who is let in, and to nobody else', async () => {
      expect(await webSocketAnswer(cookie)).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\nping$/);
      application.seen.splice(0);
      expect(await webSocketAnswer('a=b')).toMatch(/^HTTP\/1\.1 401 /);
      expect(application.seen).toEqual([]);
    });

    it('opens no tunnel but a WebSocket, in which nothing would be asked about', async () => {
      const offers = [['h2c'], ['TLS/1.3'], ['websocket, h2c'], ['h2c', 'websocket'], ['websocket', 'h2c']];
      for (const protocols of offers) {
        application.seen.splice(0);
        const settings = ['Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
        const upgrades = protocols.map((protocol) => `Upgrade: ${protocol}`);
        const heard = await firstAnswer([...settings, ...upgrades, `Cookie: ${cookie}`]);
        const upgrade = /^upgrade: (.*)$/im.exec(heard.split('\r\n\r\n', 1)[0] ?? '')?.[1];
        const isTunnel = heard.startsWith('HTTP/1.1 101') && upgrade !== 'websocket';
        expect([protocols, isTunnel, seenHeaders().get('http2-settings')]).toEqual([
          protocols,
          false,
          undefined,
        ]);
        expect([protocols, ['websocket', undefined]]).toEqual([
          protocols,
          expect.arrayContaining([seenHeaders().get('upgrade')]),
        ]);
      }
    });

    it('lets no client choose by `Connection` which headers the application misses', async () => {
      for (const connection of [
        'Remote-User',
        'close, X-Auth-Roles, Remote-User',
        'keep-alive, remote-user',
      ]) {
        application.seen.splice(0);
        await ask('/a', { headers: { ...call, cookie, connection } });
        expect([connection, seenHeaders().get('remote-user')]).toEqual([connection, 'demo']);
        expect(seenHeaders().get('connection') ?? '').not.toMatch(/remote|auth/i);
      }
    });

    it.each(waysToAdmin)('keeps out who lacks the role from %s', async (path) => {
      const answer = await ask('/', { headers: { ...call, cookie }, path });
      expect([path, application.seen, [400, 403].includes(answer.status)]).toEqual([path, [], true]);
    });

    it.each(['/administration', '/my-admin-page', '/badmin/', '/a;b', '/100%25', '/%C3%B1', '/?x=/admin/'])(
      'asks for no role at %s',
      async (path) => {
        const answer = await ask('/', { headers: { ...call, cookie }, path });
        expect([answer.status, application.seen.map((seen) => seen.path)]).toEqual([200, [path]]);
      },
    );

    it('sends somebody to the login page whose session has ended, and clears the cookie', async () => {
      const ended = await pageCookie(gateway);
      await new Client(gateway.url).logout(ended);
      const answer = await ask('/a', { headers: { ...navigation, cookie: ended } });
      expect([answer.status, answer.headers['set-cookie']?.[0]]).toEqual([
        302,
        expect.stringContaining('Max-Age=0'),
      ]);
    });

    it('lets nobody in when the gateway is gone', async () => {
      await gateway.stop();
      for (const headers of [call, navigation]) {
        expect((await ask('/a', { headers: { ...headers, cookie } })).status).toBeGreaterThanOrEqual(500);
        expect((await ask('/admin/a', { headers: { ...headers, cookie } })).status).toBeGreaterThanOrEqual(
          500,
        );
      }
      expect(application.seen).toEqual([]);
    });
  });

  function webSocketAnswer(cookieHeader: string): Promise<string> {
    return firstAnswer([
      ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-Fetch-Mode: websocket'],
      `Cookie: ${cookieHeader}`,
    ]);
  }

  /** Says `ping` once the answer is there; everything that was heard until its echo or the end. */
  function firstAnswer(headers: readonly string[]): Promise<string> {
    const lines = [
      ...['GET /socket HTTP/1.1', `Host: wiki.example.org:${port}`],
      ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...headers],
    ];
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
      let heard = '';
      const finish = () => {
        clearTimeout(giveUp);
        socket.destroy();
        resolve(heard);
      };
      const giveUp = setTimeout(() => {
        socket.destroy();
        reject(new Error(`no answer; heard ${JSON.stringify(heard)}`));
      }, 20_000);
      socket.on('error', reject);
      socket.on('end', finish);
      socket.on('data', (bytes) => {
        const isFirst = heard === '';
        heard += bytes.toString('latin1');
        if (isFirst && heard.startsWith('HTTP/1.1 101')) socket.write('ping');
        if (!heard.startsWith('HTTP/1.1 101') || heard.endsWith('ping')) finish();
      });
    });
  }
}
