import { refreshCookieName } from '../src/auth/refresh-cookie';
import { sessionCookieName } from '../src/auth/session-cookie';
import { encoded } from './corpus/token-forge';
import { withUnusedBits } from './corpus/text-tokens';
import { inBatches } from './corpus/batches';
import { type Answer, Client, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

/** Every text that differs from an opaque token in one bit, in its spelling, its length or its version. */
function alteredTokens(token: string): string[] {
  const bytes = Buffer.from(token, 'base64url');
  const changed = (change: (copy: Buffer) => void) => {
    const copy = Buffer.from(bytes);
    change(copy);
    return encoded(copy);
  };
  const bits = Array.from({ length: bytes.length * 8 }, (_, bit) =>
    changed((copy) => copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)),
  );
  const versions = [0, 1, 2, 3, 127, 255].map((version) => changed((copy) => copy.writeUInt8(version, 0)));
  const lengths = Array.from({ length: token.length }, (_, length) => token.slice(0, length));
  const spellings = [
    ...[
      `${token}=`,
      `${token}==`,
      `${token}A`,
      `${token}AAAA`,
      `=${token}`,
      `${token.slice(0, 4)} ${token.slice(4)}`,
    ],
    ...[
      token.replaceAll('-', '+').replaceAll('_', '/'),
      token.toLowerCase(),
      token + token,
      withUnusedBits(`${token}A`),
    ],
    ...[
      `${token}\u0000`,
      ` ${token}`,
      `${token}\n`,
      `j:${token}`,
      `%20${token}`,
      `${token};`,
      `s:${token}.x`,
    ],
  ];
  return [...new Set([...bits, ...versions, ...lengths, ...spellings])].filter(
    (one) => one !== token && one !== '',
  );
}

let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  const limits = { RATE_LIMIT_AUTH_MAX: '100000', RATE_LIMIT_MAX: '100000' };
  gateway = await startGateway({ ...limits, COMPAT: 'django' });
  client = new Client(gateway.url);
});
afterAll(() => gateway.stop());

async function wrongStatuses(
  texts: readonly string[],
  ask: (text: string) => Promise<Answer>,
): Promise<readonly string[]> {
  const statuses = await inBatches(texts, async (text) => `${(await ask(text)).status} for ${text}`);
  return statuses.filter((one) => !/^(400|401) /.test(one));
}

describe('an altered refresh token', () => {
  it('is refused in the body and in the cookie, and its session goes on', async () => {
    const body = { usuario: 'demo', contrasenia: gateway.demoPassword, token_delivery: 'body' };
    const { data } = await client.request('/api/auth/login', { method: 'POST', body });
    const token = textOf(data, 'refresh_token');
    const altered = alteredTokens(token);
    expect(altered.length).toBeGreaterThan(400);
    const refresh = (text: string) =>
      client.request('/api/auth/refresh', { method: 'POST', body: { refresh_token: text } });
    expect(await wrongStatuses(altered, refresh)).toEqual([]);
    const printable = altered.filter((text) => /^[\w=+/%:.-]+$/.test(text));
    expect(await wrongStatuses(printable, (text) => client.refresh(`${refreshCookieName}=${text}`))).toEqual(
      [],
    );
    expect((await client.refresh(`${refreshCookieName}=${token}`)).status).toBe(200);
  }, 120_000);
});

describe('an altered session token', () => {
  it('is refused, and its session goes on', async () => {
    const body = { username: 'demo', password: gateway.demoPassword };
    const login = await client.request('/api/login-ldap/', { method: 'POST', body });
    const cookie = login.setCookies
      .map((one) => one.split(';', 1)[0] ?? '')
      .find((one) => one.startsWith(`${sessionCookieName}=`));
    expect(cookie).toBeDefined();
    const token = cookie?.slice(`${sessionCookieName}=`.length) ?? '';
    const ask = (text: string) =>
      client.request('/api/auth/verify', { headers: { cookie: `${sessionCookieName}=${text}` } });
    const printable = alteredTokens(token).filter((text) => /^[\w=+/%:.-]+$/.test(text));
    expect(printable.length).toBeGreaterThan(300);
    expect(await wrongStatuses(printable, ask)).toEqual([]);
    expect((await ask(token)).status).toBe(200);
  }, 120_000);
});
