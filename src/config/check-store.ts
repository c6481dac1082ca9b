import { isLoopback } from '../common/loopback';
import type { Settings } from './settings';

const longestPrefixBytes = 64;

type Condition = [holds: boolean, text: string];

/** What is wrong with the settings of the store, one demand that is not met for each. */
export function storeFaults(settings: Settings): string[] {
  const { REDIS_URL: redis, REDIS_MODE: mode, REDIS_KEY_PREFIX: prefix } = settings;
  if (redis === undefined) return mode === 'single' ? [] : [`REDIS_URL is needed by REDIS_MODE=${mode}`];
  const hasCertificate = settings.REDIS_TLS_CERT_FILE !== undefined;
  const hasKey = settings.REDIS_TLS_KEY_FILE !== undefined;
  const demands: Condition[] = [
    [mode !== 'single' || redis.hosts.length === 1, 'REDIS_URL must be one address with REDIS_MODE=single'],
    [mode !== 'cluster' || redis.database === 0, 'REDIS_URL must name no database with REDIS_MODE=cluster'],
    [redis.username === undefined || redis.password !== undefined, 'REDIS_URL has a user without a password'],
    [!hasCertificate || hasKey, 'REDIS_TLS_KEY_FILE is needed by REDIS_TLS_CERT_FILE'],
    [!hasKey || hasCertificate, 'REDIS_TLS_CERT_FILE is needed by REDIS_TLS_KEY_FILE'],
    [
      Buffer.byteLength(prefix) <= longestPrefixBytes,
      `REDIS_KEY_PREFIX must have at most ${longestPrefixBytes} bytes`,
    ],
    // With braces, all keys would lie in one of the Cluster's slots, and so on one of its nodes.
    [mode !== 'cluster' || !prefix.includes('{'), 'REDIS_KEY_PREFIX must hold no { with REDIS_MODE=cluster'],
  ];
  return demands.filter(([isMet]) => !isMet).map(([, fault]) => fault);
}

/** What is no reason not to start. */
export function storeWarnings(settings: Settings): string[] {
  const { REDIS_URL: redis } = settings;
  const tlsFiles = settings.REDIS_TLS_CA_FILE ?? settings.REDIS_TLS_CERT_FILE;
  const warnings: Condition[] = [
    [
      redis !== undefined && settings.REDIS_MODE !== 'single' && settings.REDIS_WAIT_REPLICAS === 0,
      'REDIS_WAIT_REPLICAS=0: a fail-over of Redis may lose logins, and bring back sessions that a logout has ended',
    ],
    [
      redis?.tls === false && tlsFiles !== undefined,
      'REDIS_TLS_CA_FILE and its sisters have no effect with redis://; rediss:// is with TLS',
    ],
    [
      settings.REDIS_SENTINEL_PASSWORD !== undefined && settings.REDIS_MODE !== 'sentinel',
      'REDIS_SENTINEL_PASSWORD has no effect without REDIS_MODE=sentinel',
    ],
    [
      settings.NODE_ENV === 'production' && leavesReadable(settings) && settings.REDIS_ALLOW_PLAINTEXT,
      'REDIS_ALLOW_PLAINTEXT is set: sessions cross the network readable',
    ],
  ];
  return warnings.filter(([isDue]) => isDue).map(([, warning]) => warning);
}

/** Whether sessions would leave this machine readable; a fault in production only. */
export function storePlaintextFault(settings: Settings): string | undefined {
  if (!leavesReadable(settings) || settings.REDIS_ALLOW_PLAINTEXT) return undefined;
  return (
    'REDIS_URL is redis:// to another host, which is not allowed with NODE_ENV=production ' +
    'unless REDIS_ALLOW_PLAINTEXT=true'
  );
}

function leavesReadable({ REDIS_URL: redis }: Settings): boolean {
  return redis !== undefined && !redis.tls && redis.hosts.some(({ host }) => !isLoopback(host));
}
