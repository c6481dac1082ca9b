import { Resolver } from 'node:dns/promises';
import { type Deadline, within } from '../../outbound/deadline';
import { bareName } from '../../outbound/host-lookup';
import { addressText, type ServerAddress } from './transport';

/** One item of LDAP_URL: a server, or a domain whose servers DNS knows. */
export type ServerSource =
  | { readonly kind: 'fixed'; readonly address: ServerAddress }
  | { readonly kind: 'srv'; readonly domain: string };

/** The fields of an SRV record that count (RFC 2782), as Node gives them. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

export interface ServerListOptions {
  /** How long a DNS answer is used; Node does not tell the time to live. */
  readonly refreshMs: number;
  /** After a failed lookup nobody asks again for so long. */
  readonly retryMs: number;
  readonly lookupTimeoutMs: number;
  /** Whether DNS may name servers outside the domain that it was asked for. */
  readonly trustsDnsTargets?: boolean;
  readonly resolveSrv?: (name: string) => Promise<readonly SrvRecord[]>;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** No server is known, because DNS does not name one. */
export class NoServers extends Error {
  override readonly name = 'NoServers';
}

/** The ports of an address that has none: RFC 4516 section 2 for ldap, IANA for ldaps. */
const defaultPorts = { 'ldap:': 389, 'ldaps:': 636 } as const;
/** LDAP and the global catalogue of Active Directory over TLS; any other port of an SRV record is plain or StartTLS. */
const tlsPorts: ReadonlySet<number> = new Set([636, 3269]);

/** A message needs no more of the names that DNS tells. */
const mostNames = 5;

/** @throws Error that names LDAP_URL */
export function serverSource(item: string): ServerSource {
  const domain = /^srv:(.+)$/i.exec(item)?.[1];
  if (domain !== undefined) return { kind: 'srv', domain };
  const url = URL.canParse(item) ? new URL(item) : undefined;
  if (url?.protocol !== 'ldap:' && url?.protocol !== 'ldaps:')
    throw new Error('LDAP_URL holds no LDAP address');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw new Error('LDAP_URL holds an address without a host');
  const port = url.port === '' ? defaultPorts[url.protocol] : Number(url.port);
  return { kind: 'fixed', address: { protocol: url.protocol, host, port } };
}

/** The order in which the servers of an SRV answer are tried: by priority, and by chance among equals (RFC 2782, Usage rules). */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    byWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function byWeight(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Those of weight 0 stand first, so that they have a very small chance instead of none.
  const left = [...records].sort((a, b) => Math.min(a.weight, 1) - Math.min(b.weight, 1));
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const drawn = Math.floor(random() * (total + 1));
    let sum = 0;
    const index = left.findIndex(({ weight }) => (sum += weight) >= drawn);
    order.push(...left.splice(Math.max(0, index), 1));
  }
  return order;
}

/** The addresses of a directory in the order in which they are to be tried. */
export class ServerList {
  private readonly parts: readonly AddressSource[];
  /** Where no source is a domain: nobody has to be asked then. */
  private readonly fixed: readonly ServerAddress[] | undefined;

  constructor(sources: readonly ServerSource[], options: ServerListOptions) {
    this.parts = sources.map((source) =>
      source.kind === 'fixed' ? new FixedAddress(source.address) : new SrvAddresses(source.domain, options),
    );
    const fixed = sources.flatMap((source) => (source.kind === 'fixed' ? [source.address] : []));
    if (fixed.length > 0 && fixed.length === sources.length) this.fixed = eachOnce(fixed);
  }

  /**
   * A domain that cannot be looked up is left out as long as another source names a server.
   * @throws NoServers when no source does
   */
  async addresses(deadline: Deadline): Promise<readonly ServerAddress[]> {
    if (this.fixed) return this.fixed;
    const outcomes = await Promise.allSettled(this.parts.map((part) => part.addresses(deadline)));
    const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    if (found.length > 0) return eachOnce(found);
    throw (
      outcomes.find((outcome) => outcome.status === 'rejected')?.reason ?? new NoServers('LDAP_URL is empty')
    );
  }

  /** None of the addresses works: perhaps DNS has better ones by now. Does not wait for it. */
  doubt(): void {
    for (const part of this.parts) part.doubt();
  }
}

function eachOnce(addresses: readonly ServerAddress[]): readonly ServerAddress[] {
  return [...new Map(addresses.map((one) => [addressText(one), one])).values()];
}

interface AddressSource {
  addresses(deadline: Deadline): Promise<readonly ServerAddress[]>;
  doubt(): void;
}

class FixedAddress implements AddressSource {
  constructor(private readonly address: ServerAddress) {}

  addresses(): Promise<readonly ServerAddress[]> {
    return Promise.resolve([this.address]);
  }

  doubt(): void {
    // The address is what it is; only its server can get better.
  }
}

class SrvAddresses implements AddressSource {
  private known: readonly ServerAddress[] = [];
  private fault: NoServers | undefined;
  private askedAtMs = -Infinity;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly domain: string,
    private readonly options: ServerListOptions,
  ) {}

  /** An old answer is better than none and than waiting: it is used while a new one is fetched. */
  async addresses(deadline: Deadline): Promise<readonly ServerAddress[]> {
    const ageMs = performance.now() - this.askedAtMs;
    const patienceMs = this.fault ? this.options.retryMs : this.options.refreshMs;
    if (ageMs > patienceMs) this.ask();
    if (this.known.length > 0) return this.known;
    // After a fault DNS is asked in the background only, so that a dead name server is waited for once.
    if (this.asking && !this.fault) await inTime(this.asking, deadline, this.domain);
    if (this.known.length > 0) return this.known;
    throw this.fault ?? new NoServers(`DNS names no server for srv:${this.domain}`);
  }

  doubt(): void {
    if (performance.now() - this.askedAtMs > this.options.retryMs) this.ask();
  }

  private ask(): void {
    if (this.asking) return;
    this.askedAtMs = performance.now();
    this.asking = this.lookUp().finally(() => (this.asking = undefined));
  }

  /** Never rejects: what went wrong is kept for those who ask meanwhile. */
  private async lookUp(): Promise<void> {
    const { lookupTimeoutMs, random = Math.random } = this.options;
    const resolve = this.options.resolveSrv ?? systemResolver(lookupTimeoutMs);
    try {
      const records = await timeLimited(resolve(`_ldap._tcp.${this.domain}`), lookupTimeoutMs);
      // A single "." says that there is no such service (RFC 2782, Target).
      const servers = records.filter(({ name }) => name !== '' && name !== '.');
      if (servers.length === 0) throw new Error('the answer names no server');
      this.known = srvOrder(this.trusted(servers), random).map(srvAddress);
      this.fault = undefined;
    } catch (error) {
      this.fault = new NoServers(`DNS names no server for srv:${this.domain}: ${words(error)}`, {
        cause: error,
      });
    }
  }

  /** Whoever forges a DNS answer may choose a server, but never one that shows a certificate of another domain. */
  private trusted(servers: readonly SrvRecord[]): readonly SrvRecord[] {
    if (this.options.trustsDnsTargets) return servers;
    const own = servers.filter(({ name }) => isBelow(name, this.domain));
    if (own.length > 0) return own;
    const others = [...new Set(servers.map(({ name }) => name))].slice(0, mostNames).join(', ');
    throw new Error(
      `it names ${others}, which is not below ${this.domain}, and DNS proves no name: ` +
        'set LDAP_TLS_SERVER_NAME or LDAP_TLS_CA_FILE',
    );
  }
}

function isBelow(host: string, domain: string): boolean {
  const parent = bareName(domain);
  return bareName(host) === parent || bareName(host).endsWith(`.${parent}`);
}

function srvAddress({ name, port }: SrvRecord): ServerAddress {
  return { protocol: tlsPorts.has(port) ? 'ldaps:' : 'ldap:', host: name.replace(/\.$/, ''), port };
}

function systemResolver(timeoutMs: number): (name: string) => Promise<readonly SrvRecord[]> {
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
  return (name) => resolver.resolveSrv(name);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function inTime(work: Promise<void>, deadline: Deadline, domain: string): Promise<void> {
  try {
    await timeLimited(work, deadline.remainingMs());
  } catch (error) {
    throw new NoServers(`the lookup of srv:${domain} took too long`, { cause: error });
  }
}

function timeLimited<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return within(
    limitMs,
    () => work,
    () => new Error(`no answer from DNS within ${Math.round(limitMs)} ms`),
  );
}
