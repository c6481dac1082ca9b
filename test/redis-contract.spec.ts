import { describeStoreContract } from './contracts/store.contract';
import { RedisServer } from './servers/redis';
import { RedisCluster } from './servers/redis-cluster';
import { RedisSentinels } from './servers/redis-sentinel';
import { connectedRedisStore } from './support/redis-stores';

// Far above what a step takes, so that a busy machine fails nothing.
const patient = { REDIS_COMMAND_TIMEOUT_MS: '10000' };

let single: RedisServer;
let sentinels: RedisSentinels;
let cluster: RedisCluster;

beforeAll(async () => {
  [single, sentinels, cluster] = await Promise.all([
    RedisServer.start(),
    RedisSentinels.start(),
    RedisCluster.start(),
  ]);
}, 60_000);
afterAll(() => Promise.all([single.remove(), sentinels.remove(), cluster.remove()]));

describeStoreContract('RedisStore on one server', async (clock) => {
  await single.cli('flushall');
  return connectedRedisStore({ ...patient, REDIS_URL: single.url }, [], clock);
});

describeStoreContract('RedisStore behind Sentinels, with WAIT', async (clock) => {
  await sentinels.primary.cli('flushall');
  const env = { REDIS_MODE: 'sentinel', REDIS_URL: sentinels.url, REDIS_WAIT_REPLICAS: '1' };
  return connectedRedisStore({ ...patient, ...env }, [], clock);
});

describeStoreContract('RedisStore on a Cluster', async (clock) => {
  await Promise.all(cluster.nodes.map((node) => node.cli('flushall')));
  return connectedRedisStore({ ...patient, REDIS_MODE: 'cluster', REDIS_URL: cluster.url }, [], clock);
});
