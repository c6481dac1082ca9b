import { parseRedisAddresses, type RedisAddresses } from './redis-addresses';
import {
  choice,
  exchangeableSecret,
  flag,
  integer,
  secret,
  type Setting,
  text,
  type ValuesOf,
} from './setting';

const redisUrl: Setting<RedisAddresses | undefined> = {
  ...secret({
    meaning:
      'A Redis or Valkey that several gateways share, such as `rediss://user:password@redis.example.org:6379/0`; if absent, the ' +
      'embedded store. Several addresses, separated by commas, are Sentinels or nodes of a Cluster.',
  }),
  whenAbsent: undefined,
  parse: parseRedisAddresses,
  exchangeFault: (present, next) =>
    placeOf(present) === placeOf(next)
      ? undefined
      : 'leads to other servers, which takes effect with the next start',
};

/** All but the user and the password. */
function placeOf(text: string): string {
  const { hosts, tls, database } = parseRedisAddresses(text);
  return JSON.stringify({ hosts, tls, database });
}

/** Which store there is, and how it is reached. */
export const storeSettings = {
  REDIS_URL: redisUrl,
  REDIS_MODE: choice({
    of: ['single', 'sentinel', 'cluster'],
    default: 'single',
    meaning:
      'What REDIS_URL leads to: one server, the Sentinels that know the primary, or nodes of a Cluster. Nodes with TLS must announce the names ' +
      'in their certificates (`cluster-preferred-endpoint-type hostname` and `cluster-announce-hostname`): what fails by their addresses looks like an outage.',
  }),
  REDIS_SENTINEL_MASTER: text({
    default: 'mymaster',
    meaning: 'The name under which the Sentinels know the primary.',
  }),
  REDIS_SENTINEL_PASSWORD: exchangeableSecret({
    meaning: 'Password of the Sentinels themselves; the user and password in REDIS_URL are the servers’.',
  }),
  REDIS_TLS_CA_FILE: text({
    type: 'path',
    meaning: 'PEM file of the authorities that sign the certificates of Redis.',
  }),
  REDIS_TLS_CERT_FILE: text({
    type: 'path',
    meaning: 'PEM file of our own certificate, where Redis asks for one.',
  }),
  REDIS_TLS_KEY_FILE: text({ type: 'path', meaning: 'PEM file of the key of REDIS_TLS_CERT_FILE.' }),
  REDIS_ALLOW_PLAINTEXT: flag({
    default: false,
    meaning:
      'Set to true to allow `redis://` to another host in production. Sessions and the password then cross the network readable.',
  }),
  REDIS_KEY_PREFIX: text({
    default: 'gatehouse:',
    meaning:
      'What all our keys in Redis begin with, at most 64 bytes. Gateways with the same one share everything.',
  }),
  REDIS_COMMAND_TIMEOUT_MS: integer({
    default: 500,
    min: 20,
    max: 60000,
    unit: 'ms',
    meaning:
      'Longest time for one step in Redis; after it the answer is 503, and the step may have happened all the same.',
  }),
  REDIS_CONNECT_TIMEOUT_MS: integer({
    default: 2000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time for a connection to Redis, TLS handshake included.',
  }),
  REDIS_WAIT_REPLICAS: integer({
    default: 0,
    min: 0,
    max: 16,
    meaning:
      'How many replicas must hold a change before it counts (`WAIT`, within half of REDIS_COMMAND_TIMEOUT_MS); fewer are 503.',
  }),
};

export type StoreSettings = ValuesOf<typeof storeSettings>;
