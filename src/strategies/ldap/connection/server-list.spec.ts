import { Deadline } from '../../outbound/deadline';
import {
  NoServers,
  ServerList,
  type ServerListOptions,
  serverSource,
  type SrvRecord,
  srvOrder,
} from './server-list';
import { addressText } from './transport';

function record(name: string, priority: number, weight: number, port = 389): SrvRecord {
  return { name, priority, weight, port };
}

describe('serverSource', () => {
  it.each([
    ['ldap://dc1.example.org', 'ldap://dc1.example.org:389'],
    ['ldaps://dc1.example.org', 'ldaps://dc1.example.org:636'],
    ['ldaps://[::1]:1636/dc=x??sub', 'ldaps://[::1]:1636'],
  ])('takes %s for %s', (item, text) => {
    const source = serverSource(item);
    expect(source.kind === 'fixed' && addressText(source.address)).toBe(text);
  });

  it('takes srv: for a domain', () => {
    expect(serverSource('srv:example.org')).toEqual({ kind: 'srv', domain: 'example.org' });
  });

  it.each(['http://x', 'dc1.example.org'])('refuses %s', (item) => {
    expect(() => serverSource(item)).toThrow('LDAP_URL');
  });
});

describe('srvOrder', () => {
  it('puts the lowest priority number first', () => {
    const records = [record('c', 20, 100), record('a', 5, 1), record('b', 10, 0)];
    expect(srvOrder(records, () => 0.5).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('draws among equals by weight', () => {
    const records = [record('light', 1, 10), record('heavy', 1, 90)];
    let seed = 1;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const firsts = Array.from({ length: 2000 }, () => srvOrder(records, random)[0]?.name);
    const heavy = firsts.filter((name) => name === 'heavy').length;
    expect(heavy).toBeGreaterThan(1700);
    expect(heavy).toBeLessThan(1900);
  });

  it('gives weight 0 a small chance and keeps every record', () => {
    const records = [record('some', 1, 9), record('none', 1, 0)];
    expect(srvOrder(records, () => 0)[0]?.name).toBe('none');
    expect(srvOrder(records, () => 0.99).map(({ name }) => name)).toEqual(['some', 'none']);
  });
});

describe('ServerList', () => {
  const questions: string[] = [];
  let answer: () => Promise<readonly SrvRecord[]>;
  beforeEach(() => {
    questions.length = 0;
    answer = () => Promise.resolve([record('dc1.example.org.', 0, 1), record('dc2.example.org', 1, 1, 636)]);
  });

  function list(items: readonly string[], options: Partial<ServerListOptions> = {}): ServerList {
    return new ServerList(items.map(serverSource), {
      refreshMs: 60_000,
      retryMs: 60_000,
      lookupTimeoutMs: 100,
      resolveSrv: (name) => {
        questions.push(name);
        return answer();
      },
      ...options,
    });
  }

  async function texts(servers: ServerList): Promise<string[]> {
    return (await servers.addresses(Deadline.in(1000))).map(addressText);
  }

  it('gives fixed addresses in their order, each once, without asking anybody', async () => {
    const servers = list(['ldaps://b', 'ldap://a', 'ldaps://b:636']);
    expect(await texts(servers)).toEqual(['ldaps://b:636', 'ldap://a:389']);
    expect(questions).toEqual([]);
  });

  it('asks DNS once for _ldap._tcp and keeps the answer', async () => {
    const servers = list(['srv:example.org']);
    const expected = ['ldap://dc1.example.org:389', 'ldaps://dc2.example.org:636'];
    expect(await Promise.all([texts(servers), texts(servers)])).toEqual([expected, expected]);
    expect(await texts(servers)).toEqual(expected);
    expect(questions).toEqual(['_ldap._tcp.example.org']);
  });

  describe('with servers outside the domain', () => {
    const forged = [
      record('ldap.attacker.net', 0, 1, 636),
      record('evilexample.org', 0, 1, 636),
      record('DC1.Example.org.', 1, 1, 636),
      record('example.org', 2, 1, 636),
    ];

    it('leaves them out', async () => {
      answer = () => Promise.resolve(forged);
      expect(await texts(list(['srv:example.org']))).toEqual([
        'ldaps://DC1.Example.org:636',
        'ldaps://example.org:636',
      ]);
    });

    it('takes them where something else proves a server', async () => {
      answer = () => Promise.resolve(forged);
      expect(await texts(list(['srv:example.org'], { trustsDnsTargets: true }))).toHaveLength(4);
    });

    it('says what to set when there are no others', async () => {
      answer = () => Promise.resolve(forged.slice(0, 2));
      await expect(texts(list(['srv:example.org']))).rejects.toThrow(
        /srv:example\.org: it names ldap\.attacker\.net.*LDAP_TLS_SERVER_NAME or LDAP_TLS_CA_FILE/,
      );
    });
  });

  it('uses an old answer while it fetches a new one', async () => {
    const servers = list(['srv:example.org'], { refreshMs: -1 });
    await texts(servers);
    answer = () => Promise.resolve([record('dc3.example.org', 0, 0)]);
    expect(await texts(servers)).toHaveLength(2);
    await new Promise(setImmediate);
    expect(await texts(servers)).toEqual(['ldap://dc3.example.org:389']);
  });

  it('keeps the old answer when DNS fails later', async () => {
    const servers = list(['srv:example.org'], { refreshMs: -1 });
    await texts(servers);
    answer = () => Promise.reject(new Error('queryServfail'));
    await texts(servers);
    await new Promise(setImmediate);
    expect(await texts(servers)).toHaveLength(2);
  });

  it('asks again when none of the servers works', async () => {
    const servers = list(['srv:example.org'], { retryMs: -1 });
    await texts(servers);
    servers.doubt();
    expect(questions).toHaveLength(2);
  });

  it.each([
    ['DNS fails', () => Promise.reject(new Error('querySrv ENOTFOUND')), /ENOTFOUND/],
    ['DNS says that there is no such service', () => Promise.resolve([record('.', 0, 0)]), /names no server/],
    ['DNS does not answer', () => new Promise<never>(() => undefined), /within 100 ms/],
  ])('fails when %s, and does not ask again at once', async (_, reply, fault) => {
    answer = reply;
    const servers = list(['srv:example.org']);
    await expect(texts(servers)).rejects.toThrow(NoServers);
    await expect(texts(servers)).rejects.toThrow(fault);
    expect(questions).toHaveLength(1);
  });

  it('does without DNS when another address is given', async () => {
    answer = () => Promise.reject(new Error('querySrv ENOTFOUND'));
    expect(await texts(list(['srv:example.org', 'ldaps://dc9']))).toEqual(['ldaps://dc9:636']);
  });

  it('waits for DNS no longer than the login may take', async () => {
    answer = () => new Promise<never>(() => undefined);
    const servers = list(['srv:example.org'], { lookupTimeoutMs: 300 });
    await expect(servers.addresses(Deadline.in(50))).rejects.toThrow('took too long');
  });
});
