import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { elementWithId, formAction, PageVisitor } from './support/page-visitor';

let gateway: RunningGateway;
let visitor: PageVisitor;

const running: RunningGateway[] = [];
afterEach(() => Promise.all(running.splice(0).map((one) => one.stop())));

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway({ RATE_LIMIT_AUTH_MAX: '100', DEFAULT_LOCALE: 'en', ...env });
  running.push(gateway);
  visitor = new PageVisitor(gateway.url);
}

const rightly = () => ({ username: 'demo', password: gateway.demoPassword });
const english = { 'accept-language': 'en' };
const spanish = { 'accept-language': 'es-AR,es;q=0.9' };

describe('GET /login', () => {
  it('is a page in the language of the browser, or in the one that was chosen', async () => {
    await start();
    const page = await visitor.get('/login?return_to=%2Faccount%3Fa%3D1', spanish);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-language')).toBe('es');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).toMatch(/^<!doctype html><html lang="es">.*<h1>Iniciar sesión<\/h1>/s);
    expect(page.text).toContain('href="/login?return_to=%2Faccount%3Fa%3D1&amp;lang=en"');
    // Nobody reads it over a shoulder, and password managers know it.
    expect(page.text).toMatch(/<input id="password" [^>]*type="password" autocomplete="current-password"/);

    const switched = await visitor.get('/login?lang=en&return_to=%2Faccount', spanish);
    expect(switched.text).toContain('<h1>Log in</h1>');
    expect(switched.text).toContain('<html lang="en">');
    expect(formAction(switched.text)).toBe('/login?return_to=%2Faccount&lang=en');
    expect((await visitor.get('/login?lang=xx', english)).text).toContain('<h1>Log in</h1>');
  });

  it('has headers that allow nothing but its own style, images and form', async () => {
    await start({ RETURN_ORIGINS: 'https://wiki.example.org' });
    const policy = (await visitor.get('/login?return_to=https://wiki.example.org/a?b=c')).headers.get(
      'content-security-policy',
    );
    expect(policy).toBe(
      "default-src 'none';style-src 'self';img-src 'self';base-uri 'none';" +
        "form-action 'self' https://wiki.example.org;frame-ancestors 'none'",
    );
    const plain = await visitor.get('/login?return_to=https://evil.example/');
    expect(plain.headers.get('content-security-policy')).toContain("form-action 'self';");
    expect(plain.headers.get('referrer-policy')).toBe('same-origin');
    expect(plain.text).not.toMatch(/style="|<script|<style|\son\w+=|https?:\/\//);
  });

  it('is not there with PAGES=false', async () => {
    await start({ PAGES: 'false' });
    const answer = await visitor.get('/login');
    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
    expect((await visitor.get('/assets/page.css')).status).toBe(404);
  });

  it('leads somebody on who is logged in, but not when they ask for the page', async () => {
    await start();
    await visitor.post('/login', rightly());
    const led = await visitor.get('/login?return_to=%2Faccount%3Fx');
    expect([led.status, led.headers.get('location')]).toEqual([303, '/account?x']);
    expect((await visitor.get('/login')).headers.get('location')).toBe('/account');
    expect((await visitor.get('/login?again&return_to=%2Faccount')).status).toBe(200);
    expect((await visitor.get('/login?out')).status).toBe(200);
    visitor.cookies.set('gatehouse_session', 'x'.repeat(44));
    expect((await visitor.get('/login')).status).toBe(200);
  });
});

describe('POST /login', () => {
  it('opens one session with the cookies of the pages, of the API and of the device', async () => {
    await start();
    const answer = await visitor.post('/login?return_to=%2Faccount', rightly());
    expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([303, '/account', '']);
    expect([...visitor.cookies.keys()].sort()).toEqual([
      ...['gatehouse_device', 'gatehouse_session', 'refreshToken'],
    ]);
    for (const line of answer.setCookies) expect(line).toMatch(/HttpOnly; SameSite=Lax/);
    expect((await visitor.get('/api/auth/me')).status).toBe(200);
    expect(gateway.logs()).toMatch(/"event":"login","outcome":"success","door":"page"/);

    const refreshed = await visitor.post('/api/auth/refresh', {}, { 'content-type': 'application/json' });
    expect(refreshed.status).toBe(200);
  });

  it('ends the session that the browser had before', async () => {
    await start();
    await visitor.post('/login', rightly());
    const earlier = visitor.cookies.get('gatehouse_session') ?? '';
    await visitor.post('/login?again', rightly());
    const cookie = (value: string) => ({ cookie: `gatehouse_session=${value}` });
    expect((await new PageVisitor(gateway.url).get('/api/auth/me', cookie(earlier))).status).toBe(401);
    const current = visitor.cookies.get('gatehouse_session') ?? '';
    expect((await new PageVisitor(gateway.url).get('/api/auth/me', cookie(current))).status).toBe(200);
  });

  it('shows the form once more for a wrong password: the name stays, the password never', async () => {
    await start({ RETURN_ORIGINS: 'https://wiki.example.org' });
    const address = '/login?return_to=https%3A%2F%2Fwiki.example.org%2Fa&lang=es';
    const typed = { username: '"&<demo', password: 'Cnry-wrong-password' };
    const page = await visitor.post(address, typed, english);
    expect([page.status, page.headers.get('content-language')]).toEqual([401, 'es']);
    expect(page.text).toContain('<title>Error: Iniciar sesión · Gatehouse</title>');
    expect(page.text).toContain('El nombre de usuario o la contraseña no son correctos.');
    expect(elementWithId(page.text, 'fault')).toContain('role="alert"');
    expect(elementWithId(page.text, 'username')).toContain('value="&quot;&amp;&lt;demo"');
    const password = elementWithId(page.text, 'password');
    expect(password).toMatch(/autofocus.*aria-invalid="true" aria-describedby="fault"/);
    expect(password).not.toContain('value');
    expect(formAction(page.text)).toBe('/login?return_to=https%3A%2F%2Fwiki.example.org%2Fa&lang=es');
    expect(page.headers.get('content-security-policy')).toContain('https://wiki.example.org');
    expect(page.setCookies).toEqual([]);
    expect(page.text + gateway.logs()).not.toContain(typed.password);
  });

  it('says what is missing', async () => {
    await start();
    const page = await visitor.post('/login', { username: ' ', password: '' }, english);
    expect(page.status).toBe(400);
    expect(page.text).toContain('The user name must not be empty.');
    expect(page.text).toContain('The password must not be empty.');
    expect(elementWithId(page.text, 'username')).toMatch(/autofocus.*aria-describedby="username-fault"/);
    const long = await visitor.post('/login', { username: 'x'.repeat(257), password: 'y' }, english);
    expect(long.text).toContain('The user name is too long.');
  });

  it('is throttled like any other login, and keeps the name', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '2' });
    const wrong = { username: 'demo', password: 'wrong' };
    for (const status of [401, 401]) expect((await visitor.post('/login', wrong)).status).toBe(status);
    const page = await visitor.post('/login', wrong, english);
    expect([page.status, page.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(page.text).toMatch(/Too many login attempts\. Try again in \d+ minutes\./);
    expect(elementWithId(page.text, 'username')).toContain('value="demo"');
    const later = await visitor.post('/login', rightly(), english);
    expect([later.status, elementWithId(later.text, 'fault')]).toEqual([
      429,
      expect.stringContaining('alert'),
    ]);
    expect((await visitor.post('/login', rightly(), { accept: '*/*' })).body['code']).toBe(
      'TOO_MANY_REQUESTS',
    );
  });

  it('is refused from a page of another origin', async () => {
    await start();
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', ...english };
    const page = await visitor.post('/login', rightly(), foreign);
    expect(page.status).toBe(403);
    expect(page.text).toContain('This form came from another site.');
    expect(page.setCookies).toEqual([]);
  });

  it.each(['//evil.example', '/\\evil.example', 'javascript:alert(1)', 'https://evil.example/', '/login'])(
    'leads to the account page instead of %s',
    async (address) => {
      await start();
      const login = `/login?return_to=${encodeURIComponent(address)}`;
      expect(formAction((await visitor.get(login)).text)).toBe('/login');
      expect((await visitor.post(login, rightly())).headers.get('location')).toBe('/account');
    },
  );

  it('leads back to a listed origin, and on its own host by the path alone', async () => {
    await start({ RETURN_ORIGINS: 'https://wiki.example.org', JWT_ISSUER: 'a-name' });
    const to = async (address: string) =>
      (await visitor.post(`/login?return_to=${encodeURIComponent(address)}`, rightly())).headers.get(
        'location',
      );
    expect(await to('https://wiki.example.org/a?b=ü#c')).toBe('https://wiki.example.org/a?b=%C3%BC#c');
    expect(await to('/account?tab=1')).toBe('/account?tab=1');
    expect(await to('http://unknown.invalid/account')).toBe('/account');
  });
});

describe('POST /logout', () => {
  it('ends the session, clears the cookies and says so', async () => {
    await start();
    await visitor.post('/login', rightly());
    const cookie = `gatehouse_session=${visitor.cookies.get('gatehouse_session')}`;
    const refresh = `refreshToken=${visitor.cookies.get('refreshToken')}`;
    visitor.cookies.delete('refreshToken');
    const answer = await visitor.post('/logout?lang=en', {});
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login?out=&lang=en']);
    expect([...visitor.cookies.keys()]).toEqual(['gatehouse_device']);
    expect(answer.setCookies.filter((line) => /^refreshToken=;.*Max-Age=0/.test(line))).toHaveLength(1);
    expect((await new PageVisitor(gateway.url).get('/api/auth/me', { cookie })).status).toBe(401);
    const stranger = new PageVisitor(gateway.url);
    const json = { cookie: refresh, 'content-type': 'application/json' };
    expect((await stranger.post('/api/auth/refresh', {}, json)).status).toBe(401);
    expect((await visitor.get('/login?out=&lang=en')).text).toContain('You have logged out.');
    expect((await visitor.post('/logout', {})).status).toBe(303);
  });
});

describe('errors at the paths of the pages', () => {
  it('are pages for people, with the number of the request, and JSON for programs', async () => {
    await start();
    const page = await visitor.get('/account/nowhere?lang=en', { 'x-request-id': 'request-7' });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.text).toContain('There is no such page.');
    expect(page.text).toContain('<code>request-7</code>');
    expect(page.headers.get('x-request-id')).toBe('request-7');
    const program = await visitor.get('/account/nowhere', { accept: 'application/json' });
    expect(program.body['code']).toBe('NOT_FOUND');
    expect((await visitor.get('/api/nowhere')).body['code']).toBe('NOT_FOUND');
    const method = await visitor.get('/logout', english);
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
    expect(method.text).toContain('href="/login?lang=es"');
  });

  it('speak of bodies that are too long or of another type', async () => {
    await start();
    const long = await visitor.post('/login', { username: 'x'.repeat(20_000), password: 'y' }, english);
    expect([long.status, long.text.includes('What was sent is too long.')]).toEqual([413, true]);
    const json = await visitor.post('/login', {}, { 'content-type': 'application/json' });
    expect([json.status, json.headers.get('content-type')]).toEqual([415, 'text/html; charset=utf-8']);
  });
});

describe('the assets', () => {
  const addressIn = (html: string, end: string) =>
    new RegExp(`"(/assets/[^"]+${end})"`).exec(html)?.[1] ?? '';

  it('have an address for each content, which browsers keep', async () => {
    await start({ PAGE_COLOR: '#FFCC00' });
    const path = addressIn((await visitor.get('/login')).text, '\\.css');
    expect(path).toMatch(/^\/assets\/page\.[\w-]{16}\.css$/);
    const style = await visitor.get(path);
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(style.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(style.text).not.toMatch(/url\(|@import|#ffcc00;--on-accent:#ffffff/);
    const tag = style.headers.get('etag') ?? '';
    const kept = await visitor.get(path, { 'if-none-match': tag });
    expect([kept.status, kept.text]).toEqual([304, '']);
    const older = await visitor.get('/assets/page.aaaaaaaaaaaaaaaa.css');
    expect([older.status, older.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect((await visitor.get('/assets/other.aaaaaaaaaaaaaaaa.css')).status).toBe(404);
  });

  it('hold the logo, which may run nothing', async () => {
    const file = join(temporaryFolder(), 'logo.txt');
    writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    await start({ PAGE_LOGO_FILE: file, PAGE_NAME: 'A <b> & Co' });
    const page = await visitor.get('/login');
    expect(page.text).toContain('<p>A &lt;b> &amp; Co</p>');
    const logo = await visitor.get(/<img src="([^"]+)"/.exec(page.text)?.[1] ?? '');
    expect(logo.headers.get('content-type')).toBe('image/svg+xml');
    expect(logo.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(logo.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('keep a gateway from starting whose logo is no image', async () => {
    const file = join(temporaryFolder(), 'logo.svg');
    writeFileSync(file, '<html>');
    await expect(startGateway({ PAGE_LOGO_FILE: file })).rejects.toThrow(
      'PAGE_LOGO_FILE is neither SVG, PNG nor WebP',
    );
  });
});
