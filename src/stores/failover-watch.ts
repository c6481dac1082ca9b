import { Redis } from 'ioredis';
import type { Logger } from '../common/logger';
import { answerCode, describeRedisFailure } from './redis-failures';
import { presentWatchCredentials, type RedisSettings, sentinelWatchOptions } from './redis-options';

const switchChannel = '+switch-master';
/** `<name> <old address> <old port> <new address> <new port>`, as Sentinels write it. */
const switchForm = /^(\S+) \S+ \d+ (\S+) (\d+)$/;
/** A Sentinel that refuses us is asked again after this; a password may be exchanged on its side first. */
const refusedPauseMs = 2000;

/** A server that has become the primary, as the Sentinels name it. */
export interface NewPrimary {
  readonly host: string;
  readonly port: number;
}

export interface FailoverWatchOptions {
  readonly settings: RedisSettings;
  readonly logger: Logger;
  /** Gets the new primary, from each Sentinel once. */
  readonly take: (primary: NewPrimary) => void;
}

/**
 * Hears from every Sentinel when another server has taken over. A primary that was frozen or cut off knows nothing of that when it is
 * back: for some seconds it would go on answering who has not noticed either, with sessions that have ended meanwhile.
 */
export class FailoverWatch {
  private readonly sentinels: readonly Redis[];
  private readonly pauses = new Map<Redis, NodeJS.Timeout>();
  /** What the log has been told of each Sentinel, until it takes us again. */
  private readonly told = new Map<Redis, string>();

  /** @throws Error when a TLS file cannot be read */
  constructor(private readonly options: FailoverWatchOptions) {
    this.sentinels = sentinelWatchOptions(options.settings).map((sentinel) => new Redis(sentinel));
    for (const sentinel of this.sentinels) this.listenTo(sentinel);
  }

  close(): void {
    for (const pause of this.pauses.values()) clearTimeout(pause);
    for (const sentinel of this.sentinels) sentinel.disconnect();
  }

  private listenTo(sentinel: Redis): void {
    const { settings, take } = this.options;
    // A Sentinel that cannot be reached is the matter of the connection that asks for the primary; this one only listens.
    sentinel.on('error', (error: unknown) => {
      if (answerCode(error) !== undefined) this.tell(sentinel, error);
    });
    sentinel.on('message', (_channel: string, text: string) => {
      const [, about, host, port] = switchForm.exec(text) ?? [];
      if (about === settings.REDIS_SENTINEL_MASTER && host !== undefined) take({ host, port: Number(port) });
    });
    sentinel.on('ready', () => this.subscribe(sentinel));
    // Before every further attempt.
    sentinel.on('close', () => this.takeCredentials(sentinel));
  }

  private subscribe(sentinel: Redis): void {
    sentinel.subscribe(switchChannel).then(
      () => this.told.delete(sentinel),
      (error: unknown) => this.refused(sentinel, error),
    );
  }

  /** A password that was exchanged counts for connections from then on; those that are open stay what they are. */
  private takeCredentials(sentinel: Redis): void {
    try {
      Object.assign(sentinel.options, presentWatchCredentials(this.options.settings));
    } catch (error) {
      this.tell(sentinel, error);
    }
  }

  private refused(sentinel: Redis, error: unknown): void {
    // Not for a connection that broke: it is opened again anyway.
    if (sentinel.status !== 'ready') return;
    this.tell(sentinel, error);
    const pause = setTimeout(() => sentinel.disconnect(true), refusedPauseMs);
    this.pauses.set(sentinel, pause.unref());
  }

  private tell(sentinel: Redis, error: unknown): void {
    const reason = describeRedisFailure(error);
    if (this.told.get(sentinel) === reason) return;
    this.told.set(sentinel, reason);
    const { host, port } = sentinel.options;
    this.options.logger.warn(
      { sentinel: `${host}:${port}`, error: reason },
      'A Sentinel does not tell us of a new primary; another one may',
    );
  }
}
