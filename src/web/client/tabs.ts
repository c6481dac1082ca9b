import type { ErrorFacts, GatehouseUser } from './contract';
import type { TokenOwner } from './token-claims';

/** What a tab tells the others of its origin. It goes from memory to memory. */
export type TabMessage = TokenMessage | EndMessage;

interface TokenMessage extends TokenOwner {
  readonly token: string;
  /** From now on, because every page counts its time from its own start. */
  readonly endsInMs: number;
  readonly user: GatehouseUser | undefined;
  readonly isLogin?: boolean;
}

/** A logout, or an end with its reason. */
interface EndMessage {
  /** The one that ended: a tab that has another one meanwhile is not meant. Empty for whichever it is. */
  readonly session: string;
  readonly facts?: ErrorFacts;
}

const longestWaitMs = 10_000;
/** A tab that waits for its turn gets the message of the one before in this time. */
const lingerMs = 50;

/** The tabs of this origin that use the same gateway. */
export class Tabs {
  readonly #name: string;
  readonly #channel: BroadcastChannel;

  constructor(gatewayUrl: string, hear: (message: TabMessage) => void) {
    // The number is that of the messages' form: tabs may run different versions of this file.
    this.#name = `gatehouse-1 ${gatewayUrl}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => hear(data);
  }

  tell(message: TabMessage): void {
    this.#channel.postMessage(message);
  }

  /**
   * Does something while no other tab does (Web Locks), or at once where there are no locks (a page without HTTPS). After 10 s, or
   * when `wait` is aborted, it waits no longer: the gateway bears refreshes at the same moment, and a tab that hangs must not hold up
   * all others.
   */
  exclusive<T>(work: () => Promise<T>, wait = new AbortController()): Promise<T> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => wait.abort(), longestWaitMs);
      const run = async () => {
        clearTimeout(limit);
        await work().then(resolve, reject);
        await new Promise((end) => setTimeout(end, lingerMs));
      };
      if ('locks' in navigator) {
        navigator.locks.request(this.#name, { signal: wait.signal }, run).catch(run);
      } else void run();
    });
  }

  close(): void {
    this.#channel.close();
  }
}
