import { Redis } from 'ioredis';
import { type RedisSettings, sentinelWatchOptions } from './redis-options';

const switchChannel = '+switch-master';
/** `<name> <old address> <old port> <new address> <new port>`, as Sentinels write it. */
const switchForm = /^(\S+) \S+ \d+ (\S+) (\d+)$/;

/** A server that has become the primary, as the Sentinels name it. */
export interface NewPrimary {
  readonly host: string;
  readonly port: number;
}

/**
 * Hears from every Sentinel when another server has taken over. A primary that was frozen or cut off knows nothing of that when it is
 * back: for some seconds it would go on answering who has not noticed either, with sessions that have ended meanwhile.
 */
export class FailoverWatch {
  private readonly sentinels: readonly Redis[];

  /** @param take gets the new primary, from each Sentinel once. @throws Error when a TLS file cannot be read */
  constructor(settings: RedisSettings, take: (primary: NewPrimary) => void) {
    const name = settings.REDIS_SENTINEL_MASTER;
    this.sentinels = sentinelWatchOptions(settings).map((options) => new Redis(options));
    for (const sentinel of this.sentinels) {
      // A Sentinel that cannot be reached is the matter of the connection that asks for the primary; this one only listens.
      sentinel.on('error', () => undefined);
      sentinel.on('message', (_channel: string, text: string) => {
        const [, about, host, port] = switchForm.exec(text) ?? [];
        if (about === name && host !== undefined) take({ host, port: Number(port) });
      });
      sentinel.subscribe(switchChannel).catch(() => undefined);
    }
  }

  close(): void {
    for (const sentinel of this.sentinels) sentinel.disconnect();
  }
}
