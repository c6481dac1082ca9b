import { readFileSync } from 'node:fs';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { Client } from './support/client';
import { TestReader } from './support/directory-reader';
import { type RunningGateway, startGateway } from './support/gateway';
import { addressesIn, deviceOf, guess, MovingClock } from './support/guessing-crowd';

// The lock of a real Active Directory against a whole network that guesses at one person's password.

const { alice, gateway: service } = domainUsers;
const addresses = addressesIn('203.0.113', 50);
const home = '192.0.2.1';
let samba: SambaAd;
let administrator: TestReader;
let gateway: RunningGateway | undefined;

beforeAll(async () => {
  samba = await startSambaAd();
  administrator = await TestReader.connect({
    url: samba.ldapsUrl,
    ca: readFileSync(samba.caFile),
    name: `Administrator@${samba.domain}`,
    password: 'Adm1n-Secret!',
  });
}, 180_000);
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});
afterAll(async () => {
  await administrator?.close();
  await samba?.remove();
});

/** The domain locks for a minute after so many wrong passwords within a minute; nobody is locked yet. */
async function domainLocksAfter(failures: number): Promise<void> {
  const aMinute = -60 * 10_000_000;
  const rules = { lockoutThreshold: failures, lockOutObservationWindow: aMinute, lockoutDuration: aMinute };
  const changes = Object.entries(rules).map(([name, value]) => `replace: ${name}\n${name}: ${value}\n`);
  await samba.modify(`dn: ${samba.baseDn}\nchangetype: modify\n${changes.join('-\n')}`);
  await samba.modify(`dn: ${alice.dn}\nchangetype: modify\nreplace: lockoutTime\nlockoutTime: 0\n`);
}

async function lockState(): Promise<{ readonly failures: number; readonly isLocked: boolean }> {
  const entry = await administrator.entry(alice.dn, ['badPwdCount', 'lockoutTime']);
  return {
    failures: Number(entry.text('badPwdCount') ?? 0),
    isLocked: (entry.text('lockoutTime') ?? '0') !== '0',
  };
}

function settings(): Record<string, string> {
  return {
    STRATEGIES: 'ldap',
    TRUSTED_PROXIES: '127.0.0.1',
    LDAP_URL: samba.ldapsUrl,
    LDAP_TLS_CA_FILE: samba.caFile,
    LDAP_BASE_DN: samba.baseDn,
    LDAP_DOMAIN: samba.domain,
    LDAP_NETBIOS_DOMAIN: 'EXAMPLE',
  };
}

function withService(): Record<string, string> {
  return {
    LDAP_BIND_DN: `${service.account}@${samba.domain}`,
    LDAP_BIND_PASSWORD: service.password,
  };
}

function spellings(): readonly string[] {
  const { domain } = samba;
  const typed = ['alice', 'ALICE', ' Alice ', 'aLiCe'];
  return [...typed, `alice@${domain}`, `ALICE@${domain.toUpperCase()}`, 'EXAMPLE\\alice', 'example\\ALICE'];
}

async function start(env: Readonly<Record<string, string>>): Promise<{ url: string; client: Client }> {
  gateway = await startGateway({ ...settings(), ...env }, new MovingClock());
  return { url: gateway.url, client: new Client(gateway.url) };
}

function loginFrom(client: Client, address: string, cookie: string) {
  return client.login(alice.account, alice.password, { 'x-forwarded-for': address, cookie });
}

it.each([
  ['search', 3, withService],
  ['search', 5, withService],
  ['user@domain without a service account', 3, () => ({ LDAP_BIND_MODE: 'upn' })],
] as const)(
  'by %s with a threshold of %i: 1,000 guesses of 50 addresses by all names lock nobody, and the owner gets in',
  async (_, threshold, env) => {
    await domainLocksAfter(threshold);
    const { url, client } = await start(env());
    const device = deviceOf((await loginFrom(client, home, '')).setCookies);

    const names = spellings();
    const statuses = await guess({ urls: [url], addresses, guessesOfAddress: 20, names });
    const afterGuesses = await lockState();
    expect(afterGuesses.isLocked).toBe(false);
    // Some did reach the domain, or the test would show nothing.
    expect(afterGuesses.failures).toBeGreaterThan(0);
    expect(afterGuesses.failures).toBeLessThan(threshold);
    expect(Object.keys(statuses)).toEqual(['401', '429']);
    expect(Object.values(statuses).reduce((sum, count) => sum + count)).toBe(1000);

    expect((await loginFrom(client, home, device)).status).toBe(200);
    // Each login of the owner makes both sides forget, so the guesses go on.
    for (let day = 1; day <= 5; day++) {
      await guess({ urls: [url], addresses: addressesIn(`198.51.${day}`, 5), guessesOfAddress: 4, names });
      const { failures, isLocked } = await lockState();
      expect({ failures: failures < threshold, isLocked }).toEqual({ failures: true, isLocked: false });
      expect((await loginFrom(client, `198.18.0.${day}`, device)).status).toBe(200);
    }
  },
  300_000,
);

it('would lock the account without the limit', async () => {
  await domainLocksAfter(5);
  const { url } = await start({ ...withService(), LOCKOUT_MAX_FAILURES: '0' });
  await guess({ urls: [url], addresses: addresses.slice(0, 5), guessesOfAddress: 4, names: spellings() });
  expect(await lockState()).toMatchObject({ isLocked: true });
});
