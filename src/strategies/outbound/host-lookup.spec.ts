import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { loadSettings } from '../../config/load-settings';
import { Deadline } from './deadline';
import { addressesInHosts, HostLookup, LookupFailure, type NameSources } from './host-lookup';
import { ConnectFailure, openTcp, transportOptions } from '../ldap/connection/transport';

const never = () => new Promise<never>(() => undefined);
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

function sources(given: Partial<NameSources> = {}): NameSources {
  const hostsFile = () => Promise.resolve('127.0.0.1 localhost # here\n');
  return { hostsFile, dns: failing('ENOTFOUND'), system: failing('ENOTFOUND'), ...given };
}

afterEach(() => jest.restoreAllMocks());

/** Lets time pass for HostLookup alone. */
function passTime(ms: number): void {
  const now = performance.now();
  jest.spyOn(performance, 'now').mockReturnValue(now + ms);
}

/** The same in several steps. */
function movableTime(): { advance: (ms: number) => void } {
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return { advance: (ms) => void (now += ms) };
}

describe('HostLookup', () => {
  it('asks nobody for an address', async () => {
    const hosts = new HostLookup(sources({ hostsFile: never, dns: never }));
    expect(await hosts.addresses('::1', 100)).toEqual(['::1']);
  });

  it('asks once for many, and keeps the answer for a while', async () => {
    const dns = jest.fn(() => Promise.resolve(['192.0.2.1']));
    const hosts = new HostLookup(sources({ dns }));
    await Promise.all([hosts.addresses('dc1', 100), hosts.addresses('dc1', 100)]);
    await hosts.addresses('dc1', 100);
    expect(dns).toHaveBeenCalledTimes(1);
    passTime(31_000);
    await hosts.addresses('dc1', 100);
    expect(dns).toHaveBeenCalledTimes(2);
  });

  it.each<[string, NameSources['dns']]>([
    ['fails', failing('ETIMEOUT')],
    ['hangs', never],
  ])('uses the old answer when DNS %s', async (_, later) => {
    const dns = jest.fn<Promise<readonly string[]>, []>(() => Promise.resolve(['192.0.2.1']));
    const hosts = new HostLookup(sources({ dns }));
    await hosts.addresses('dc1', 100);
    dns.mockImplementation(() => later('dc1', 100));
    passTime(31_000);
    expect(await hosts.addresses('dc1', 100)).toEqual(['192.0.2.1']);
    expect(dns).toHaveBeenCalledTimes(2);
  });

  it('uses no answer that is older than the caller allows, however often it was asked again in vain', async () => {
    const dns = jest.fn<Promise<readonly string[]>, []>(() => Promise.resolve(['192.0.2.1']));
    const hosts = new HostLookup(sources({ dns }));
    await hosts.addresses('dc1', 100);
    const clock = movableTime();
    dns.mockImplementation(failing('ETIMEOUT'));
    clock.advance(31_000);
    expect(await hosts.addresses('dc1', 100, 60_000)).toEqual(['192.0.2.1']);
    clock.advance(30_000);
    await expect(hosts.addresses('dc1', 100, 60_000)).rejects.toThrow(LookupFailure);
    expect(await hosts.addresses('dc1', 100)).toEqual(['192.0.2.1']);
  });

  it('asks the hosts file first, and the system only for what DNS does not know', async () => {
    const dns = jest.fn((host: string) => (host === 'mute' ? failing('ETIMEOUT')() : failing('ENOTFOUND')()));
    const system = jest.fn(() => Promise.resolve(['192.0.2.7']));
    const hosts = new HostLookup(sources({ dns, system }));
    expect(await hosts.addresses('localhost', 100)).toEqual(['127.0.0.1']);
    expect(dns).not.toHaveBeenCalled();
    expect(await hosts.addresses('short', 100)).toEqual(['192.0.2.7']);
    await expect(hosts.addresses('mute', 100)).rejects.toThrow(LookupFailure);
    expect(system.mock.calls).toEqual([['short']]);
  });

  it('never has two system lookups at a time', async () => {
    let running = 0;
    let most = 0;
    const system = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      throw new Error('nobody knows it');
    };
    const hosts = new HostLookup(sources({ system }));
    await Promise.allSettled(['a', 'b', 'c', 'a'].map((host) => hosts.addresses(host, 100)));
    expect(most).toBe(1);
  });
});

describe('addressesInHosts', () => {
  it('finds all addresses of a name, in any case, and no comments', () => {
    const text = '# 10.0.0.9 dc1\n10.0.0.1\tDC1.example.org dc1 # 10.0.0.2 dc2\r\n::7 dc1\n nonsense dc1';
    expect(addressesInHosts(text, 'dc1')).toEqual(['10.0.0.1', '::7']);
    expect(addressesInHosts(text, 'dc1.example.ORG.')).toEqual(['10.0.0.1']);
    expect(addressesInHosts(text, 'dc2')).toEqual([]);
  });
});

describe('a name server that never answers', () => {
  const { settings } = loadSettings({ LDAP_CONNECT_TIMEOUT_MS: '400' });
  const address = (host: string, port = 389) => ({ protocol: 'ldap:', host, port }) as const;

  async function withServer(work: (port: number) => Promise<void>): Promise<void> {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port }: Pick<AddressInfo, 'port'> = Object.assign({ port: 0 }, server.address());
      await work(port);
    } finally {
      server.close();
    }
  }

  it('keeps nobody from another host, and is named within the limit', async () => {
    const hosts = new HostLookup(sources({ dns: never, system: never }));
    const options = { ...transportOptions(settings), hosts };
    const startedAtMs = performance.now();
    const outcomes = Promise.all(
      Array.from({ length: 8 }, () =>
        openTcp(address('dc1.silent.example'), options, Deadline.in(5000)).catch((error: unknown) => error),
      ),
    );
    await withServer(async (port) => {
      (await openTcp(address('localhost', port), options, Deadline.in(5000))).destroy();
    });
    expect(performance.now() - startedAtMs).toBeLessThan(300);
    const message: unknown = expect.stringMatching(
      /name server did not answer.*dc1\.silent\.example\S* in LDAP_URL/,
    );
    for (const failure of await outcomes) {
      expect(failure).toBeInstanceOf(ConnectFailure);
      expect(failure).toMatchObject({ setting: 'LDAP_URL', message });
    }
    expect(performance.now() - startedAtMs).toBeLessThan(900);
  });

  it('is not blamed when the login had no time left', async () => {
    const options = { ...transportOptions(settings), hosts: new HostLookup(sources({ dns: never })) };
    await expect(openTcp(address('dc1.silent.example'), options, Deadline.in(50))).rejects.toMatchObject({
      setting: 'LDAP_LOGIN_TIMEOUT_MS',
    });
  });
});
