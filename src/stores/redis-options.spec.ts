import { loadSettings } from '../config/load-settings';
import { clusterOptions, usesRedis } from './redis-options';

function optionsFor(url: string) {
  const { settings } = loadSettings({ REDIS_URL: url, REDIS_MODE: 'cluster' });
  if (!usesRedis(settings)) throw new Error('no address');
  return clusterOptions(settings);
}

describe('the options of a Cluster', () => {
  it('keep the names of the nodes over TLS, because certificates name hosts', () => {
    const names: unknown[] = [];
    const { dnsLookup } = optionsFor('rediss://redis.example.org:6379');
    dnsLookup?.('redis.example.org', (error, address) => names.push(error, address));
    expect(names).toEqual([null, 'redis.example.org']);
  });

  it('send nothing again', () => {
    expect(optionsFor('redis://127.0.0.1:6379')).toMatchObject({
      enableOfflineQueue: false,
      retryDelayOnFailover: 0,
      redisOptions: { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
    });
  });
});
