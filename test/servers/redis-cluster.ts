import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from './redis';

const readyTimeoutMs = 30_000;
const slots = 16_384;

/** A Cluster of three primaries. The slots of a node that is dead are served by nobody; the others go on. */
export class RedisCluster {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  static async start(): Promise<RedisCluster> {
    const config = [
      'cluster-enabled yes',
      'cluster-node-timeout 1000',
      'cluster-require-full-coverage no',
      'appendonly yes',
    ];
    const cluster = new RedisCluster(await Promise.all([1, 2, 3].map(() => RedisServer.start({ config }))));
    await cluster.join();
    await cluster.untilReady();
    return cluster;
  }

  get url(): string {
    return this.nodes.map(({ url }) => url).join(',');
  }

  /** The node that serves the slot of this key, as it lies in Redis. */
  async nodeOf(key: string): Promise<RedisServer> {
    const slot = Number(await this.first.cli('cluster', 'keyslot', key));
    const node = this.nodes[Math.floor((slot * this.nodes.length) / slots)];
    if (!node) throw new Error(`no node for slot ${slot}`);
    return node;
  }

  /**
   * Gives the slot of this key, which must be empty, to the next node, in the order that the manual of CLUSTER SETSLOT has. A node
   * that was importing takes a new epoch with the slot; without one, a word of the old owner from before would take it back.
   */
  async moveEmptySlotOf(key: string): Promise<void> {
    const slot = (await this.first.cli('cluster', 'keyslot', key)).trim();
    const from = await this.nodeOf(key);
    const to = this.nodes[(this.nodes.indexOf(from) + 1) % this.nodes.length] ?? this.first;
    const [fromId, toId] = [await idOf(from), await idOf(to)];
    await told(to, slot, 'importing', fromId);
    await told(from, slot, 'migrating', toId);
    for (const node of [to, from, ...this.nodes.filter((other) => other !== to && other !== from)]) {
      await told(node, slot, 'node', toId);
    }
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
  }

  private get first(): RedisServer {
    const [first] = this.nodes;
    if (!first) throw new Error('no nodes');
    return first;
  }

  private async join(): Promise<void> {
    for (const [index, node] of this.nodes.entries()) {
      // Such that `nodeOf` finds the node again by the slot alone.
      const from = Math.ceil((index * slots) / this.nodes.length);
      const to = Math.ceil(((index + 1) * slots) / this.nodes.length) - 1;
      await node.cli('cluster', 'addslotsrange', String(from), String(to));
      await node.cli('cluster', 'set-config-epoch', String(index + 1));
    }
    for (const node of this.nodes.slice(1)) {
      await this.first.cli('cluster', 'meet', '127.0.0.1', String(node.port), await busPort(node));
    }
  }

  private async untilReady(): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await this.isReady())) {
      if (performance.now() > deadline) throw new Error(`The Cluster is not ready:\n${this.first.log()}`);
      await sleep(50);
    }
  }

  private async isReady(): Promise<boolean> {
    const states = await Promise.all(this.nodes.map((node) => node.cli('cluster', 'info')));
    return states.every(
      (state) =>
        state.includes('cluster_state:ok') &&
        state.includes('cluster_slots_ok:16384') &&
        state.includes('cluster_known_nodes:3'),
    );
  }
}

async function idOf(node: RedisServer): Promise<string> {
  return (await node.cli('cluster', 'myid')).trim();
}

/** @throws Error when the node does not want that; redis-cli ends well all the same. */
async function told(node: RedisServer, slot: string, ...change: string[]): Promise<void> {
  const answer = await node.cli('cluster', 'setslot', slot, ...change);
  if (answer.trim() !== 'OK') throw new Error(`CLUSTER SETSLOT ${change[0]} was answered ${answer}`);
}

async function busPort(node: RedisServer): Promise<string> {
  const own = await node.cli('cluster', 'nodes');
  return /@(\d+)/.exec(own)?.[1] ?? '';
}
