import { SettingFault } from './setting';

/** What REDIS_URL says. */
export interface RedisAddresses {
  /** At least one. A port that is absent is the usual one of what listens there, a Redis or a Sentinel. */
  readonly hosts: readonly RedisHost[];
  /** True for `rediss://`. */
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

export interface RedisHost {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port?: number;
}

const largestDatabase = 1_000_000;

/**
 * Reads addresses such as `redis://user:password@host:6379/0`, separated by commas. What stands before the host and behind it may
 * be given once or in each of them, but always the same.
 * @throws SettingFault, which never repeats the text: it may hold a password.
 */
export function parseRedisAddresses(text: string): RedisAddresses {
  const urls = text.split(',').map((item) => toUrl(item.trim()));
  const sameOf = (what: string, values: readonly string[]): string => {
    const given = new Set(values.filter((value) => value !== ''));
    if (given.size > 1) throw new SettingFault(`names more than one ${what}`);
    return [...given].join('');
  };
  const protocol = sameOf(
    'protocol',
    urls.map((url) => url.protocol),
  );
  const username = sameOf('user', urls.map(userOf));
  const password = sameOf('password', urls.map(passwordOf));
  const database = sameOf('database', urls.map(databaseOf));
  return {
    hosts: urls.map(hostOf),
    tls: protocol === 'rediss:',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    database: Number(database),
  };
}

/** The addresses for a log line: without user and password. */
export function describeRedisAddresses({ hosts, tls }: RedisAddresses): string {
  const scheme = tls ? 'rediss' : 'redis';
  return hosts.map(({ host, port }) => `${scheme}://${bracketed(host)}${portText(port)}`).join(',');
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function portText(port: number | undefined): string {
  return port === undefined ? '' : `:${port}`;
}

function toUrl(item: string): URL {
  const url = URL.canParse(item) ? new URL(item) : undefined;
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw new SettingFault('must be a URL that starts with redis:// or rediss://');
  }
  if (url.search !== '' || url.hash !== '') throw new SettingFault('must have no query and no fragment');
  return url;
}

function userOf({ username }: URL): string {
  return decoded(username, 'user');
}

function passwordOf({ password }: URL): string {
  return decoded(password, 'password');
}

function databaseOf({ pathname }: URL): string {
  const text = pathname.replace(/^\//, '');
  if (text === '' || (/^\d{1,7}$/.test(text) && Number(text) <= largestDatabase)) return text;
  throw new SettingFault('must end with the number of a database, such as /0, or with the host');
}

function decoded(part: string, what: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new SettingFault(`has a ${what} that is not percent-encoded as a URL wants it`);
  }
}

function hostOf({ hostname, port }: URL): RedisHost {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return port === '' ? { host } : { host, port: Number(port) };
}
