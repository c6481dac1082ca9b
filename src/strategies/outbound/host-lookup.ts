import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../common/system-error';

/** The three places that know the addresses of a host name. Tests answer themselves. */
export interface NameSources {
  /** The file of this machine, which goes before DNS as everywhere else. */
  readonly hostsFile: () => Promise<string>;
  /** DNS without a thread: rejects by itself within the limit. */
  readonly dns: (host: string, limitMs: number) => Promise<readonly string[]>;
  /** getaddrinfo, which knows search domains and mDNS, but waits in one of few threads and cannot be called back. */
  readonly system: (host: string) => Promise<readonly string[]>;
}

/** No address is known. The message says why; whoever asked knows the host and the setting that named it. */
export class LookupFailure extends Error {
  override readonly name = 'LookupFailure';
  readonly code: string | undefined;

  constructor(cause: unknown) {
    const code = systemErrorCode(cause) ?? 'no answer';
    const isUnknown = code === 'ENOTFOUND' || code === 'ENODATA';
    const why = isUnknown ? 'its host name is unknown' : 'the name server did not answer';
    super(`${why} (${code})`, { cause });
    this.code = systemErrorCode(cause);
  }
}

interface Known {
  readonly addresses: readonly string[];
  readonly answeredAtMs: number;
  /** Later than the answer where it was asked again in vain. */
  readonly askedAtMs: number;
}

const keepMs = 30_000;
/** A quick new answer is better than an old one; a slow one is not waited for. */
const headStartMs = 100;
/** How long IPv6 addresses may come after IPv4 ones: some name servers drop the question (RFC 8305 section 3). */
const resolutionDelayMs = 50;
/** c-ares codes that say that time is over: getaddrinfo would only wait for the same servers again. */
const silence: ReadonlySet<string | undefined> = new Set(['ETIMEOUT', 'ECANCELLED']);

/**
 * The addresses of hosts. Node's own way is getaddrinfo, which has two threads for the whole process: two lookups at a silent name
 * server would stop the logins of every other directory, and no deadline gives the threads back. So DNS is asked without threads,
 * each host once at a time, and getaddrinfo only for what DNS does not know, one at a time.
 */
export class HostLookup {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<readonly string[]>>();
  private lastSystemLookup: Promise<unknown> = Promise.resolve();

  constructor(private readonly sources: NameSources = systemSources) {}

  /**
   * An old answer is used when there is no new one in a moment. Callers bound their own wait; `limitMs` bounds DNS, but nothing can
   * call getaddrinfo off.
   * @param oldestMs how old an answer may be at most that is used; any age suits those who only want to connect
   * @throws LookupFailure
   */
  async addresses(host: string, limitMs: number, oldestMs = Infinity): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const known = this.knownWithin(host, oldestMs);
    if (known && performance.now() - known.askedAtMs < keepMs) return known.addresses;
    const fresh = this.ask(host, limitMs);
    if (!known) return fresh;
    const old = sleep(headStartMs, known.addresses);
    return Promise.race([fresh.catch(() => known.addresses), old]);
  }

  private knownWithin(host: string, oldestMs: number): Known | undefined {
    const known = this.known.get(host);
    return known && performance.now() - known.answeredAtMs <= oldestMs ? known : undefined;
  }

  private ask(host: string, limitMs: number): Promise<readonly string[]> {
    const running = this.asking.get(host);
    if (running) return running;
    const asking = this.lookUp(host, limitMs).finally(() => this.asking.delete(host));
    this.asking.set(host, asking);
    return asking;
  }

  private async lookUp(host: string, limitMs: number): Promise<readonly string[]> {
    const askedAtMs = performance.now();
    try {
      const addresses = await this.find(host, limitMs);
      this.known.set(host, { addresses, askedAtMs, answeredAtMs: performance.now() });
      return addresses;
    } catch (error) {
      const old = this.known.get(host);
      // Not asked again for each connection while the name server is gone.
      if (old) this.known.set(host, { ...old, askedAtMs });
      throw new LookupFailure(error);
    }
  }

  private async find(host: string, limitMs: number): Promise<readonly string[]> {
    const local = addressesInHosts(await this.sources.hostsFile(), host);
    if (local.length > 0) return local;
    try {
      return await this.sources.dns(host, limitMs);
    } catch (error) {
      if (silence.has(systemErrorCode(error))) throw error;
      return this.askSystem(host);
    }
  }

  /** One after the other, so that a second thread is always left for the rest of the process. */
  private askSystem(host: string): Promise<readonly string[]> {
    const found = this.lastSystemLookup.then(() => this.sources.system(host));
    this.lastSystemLookup = found.catch(() => undefined);
    return found;
  }
}

/** For the `lookup` of a socket: the addresses that are known already. */
export function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const first = all[0];
    if (options.all || first === undefined) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

/** The addresses of a name in the text of a hosts file (hosts(5)). */
export function addressesInHosts(text: string, host: string): string[] {
  const name = bareName(host);
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([address = '', ...names]) => isIP(address) !== 0 && names.map(bareName).includes(name))
    .flatMap(([address = '']) => address);
}

/** A DNS name may end with the dot of the root, and its case means nothing. */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

const hostsPath = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';

const systemSources: NameSources = {
  hostsFile: () => readFile(hostsPath, 'utf8').catch(() => ''),
  dns: askDns,
  system: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
};

/** A resolver of its own for each lookup: it can be called off, and knows today's name servers. */
async function askDns(host: string, limitMs: number): Promise<readonly string[]> {
  const servers = Math.max(1, new Resolver().getServers().length);
  // Each name server in turn gets its share.
  const resolver = new Resolver({ timeout: Math.max(1, Math.floor(limitMs / servers)), tries: 1 });
  const timer = setTimeout(() => resolver.cancel(), limitMs);
  try {
    return await bothFamilies(resolver, host);
  } finally {
    clearTimeout(timer);
    resolver.cancel();
  }
}

async function bothFamilies(resolver: Resolver, host: string): Promise<readonly string[]> {
  const later = resolver.resolve6(host).catch(() => []);
  const four = await resolver.resolve4(host).catch(async (error: unknown) => {
    const six = await later;
    if (six.length === 0) throw error;
    return six;
  });
  const six = await Promise.race([later, sleep(resolutionDelayMs, [])]);
  return [...new Set([...four, ...six])];
}

/** One for the process: its limit on getaddrinfo counts for all directories together. */
export const processHosts = new HostLookup();
