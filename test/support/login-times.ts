import { Agent, request } from 'node:http';
import { randomInt } from 'node:crypto';
import type { Durations } from './timing-statistics';

/** A login that is sent again and again. */
export interface TimedLogin {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TimingPlan {
  /** By kind; each call gives the next one of its kind. */
  readonly kinds: ReadonlyMap<string, () => TimedLogin>;
  readonly ofEachKind: number;
  readonly atATime: number;
  /** The only status that counts. */
  readonly status: number;
}

/**
 * Sends logins of all kinds in random order over kept connections and measures each until its answer has been read whole.
 * @throws Error for an answer with another status
 */
export async function loginTimes(url: string, plan: TimingPlan): Promise<ReadonlyMap<string, Durations>> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.atATime });
  const times = new Map([...plan.kinds.keys()].map((kind) => [kind, [] as number[]]));
  const waiting = shuffled(
    [...plan.kinds.keys()].flatMap((kind) => Array<string>(plan.ofEachKind).fill(kind)),
  );
  const worker = async () => {
    for (let kind = waiting.pop(); kind !== undefined; kind = waiting.pop()) {
      const login = plan.kinds.get(kind)?.();
      if (!login) throw new Error(`no login of the kind ${kind}`);
      const startedAtMs = performance.now();
      const status = await send(url, login, agent);
      times.get(kind)?.push(performance.now() - startedAtMs);
      if (status !== plan.status) throw new Error(`${kind}: answered ${status}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: plan.atATime }, worker));
  } finally {
    agent.destroy();
  }
  return times;
}

function send(url: string, { path, body, headers }: TimedLogin, agent: Agent): Promise<number> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.on('error', reject);
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.end(text);
  });
}

/** Fisher and Yates. */
function shuffled(items: readonly string[]): string[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [order[last], order[other]] = [order[other] ?? '', order[last] ?? ''];
  }
  return order;
}
