import { Inject, Injectable } from '@nestjs/common';
import { EntryService } from '../auth/entry.service';
import { Departure } from '../common/departure';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { isRelay } from '../config/check-external';
import { Settings } from '../config/settings';
import type { SourceHealth } from '../strategies/source-health';
import { Store, StoreUnavailable } from '../stores/store';
import { SigningKeys } from '../tokens/signing-keys';
import { AuditLog } from './audit-log';

/** `unready` and `stopping` keep requests away; `degraded` is for people to look at. */
export type ReadyStatus = 'ready' | 'degraded' | 'unready' | 'stopping';

/** For everybody: names and states, no address and no error. */
export interface ReadyAnswer {
  readonly status: ReadyStatus;
  readonly store: 'ok' | 'failing';
  readonly keys: 'ok' | 'failing';
  readonly audit: 'ok' | 'failing';
  /** By their names in STRATEGIES. */
  readonly sources: Readonly<Record<string, SourceHealth['status']>>;
}

/** Longest wait for the store. */
const deadlineMs = 1000;
/** How long an answer of the store counts, so that probes cost nothing however many they are. */
const freshMs = 1000;
const probeKey = 'health:ready';
const probeWindowMs = 60_000;

interface StoreLook {
  readonly atMs: number;
  readonly isWell: Promise<boolean>;
}

/** What else readiness is made of. */
@Injectable()
export class ReadinessParts {
  constructor(
    readonly departure: Departure,
    readonly entries: EntryService,
    readonly audit: AuditLog,
  ) {}
}

/** Whether requests should come here: only while the signing keys and the store can be used, and not once the process is about to end. */
@Injectable()
export class Readiness {
  private last: StoreLook | undefined;
  private wasWell = true;

  constructor(
    private readonly store: Store,
    private readonly keys: SigningKeys,
    private readonly parts: ReadinessParts,
    private readonly logger: Logger,
    @Inject(Settings) private readonly settings: Pick<Settings, 'EXTERNAL_AUTH_MODE' | 'STRATEGIES'>,
  ) {}

  /** Asks the store, at most once a second for whoever asks; the sources are not asked, only what was seen of them. */
  async look(): Promise<ReadyAnswer> {
    const { audit, departure, entries } = this.parts;
    const store = wellOrNot(await this.isStoreWell());
    const keys = wellOrNot(this.hasKeys());
    const states = entries.sourceHealth().map(({ strategy, status }) => [strategy, status] as const);
    const parts = { store, keys, audit: wellOrNot(audit.isWell), sources: Object.fromEntries(states) };
    return { status: departure.isUnderWay ? 'stopping' : statusOf(parts), ...parts };
  }

  private isStoreWell(): Promise<boolean> {
    const nowMs = performance.now();
    if (!this.last || nowMs - this.last.atMs > freshMs) this.last = { atMs: nowMs, isWell: this.tryStore() };
    return this.last.isWell;
  }

  private async tryStore(): Promise<boolean> {
    try {
      await withinDeadline(this.readAndWrite());
      if (!this.wasWell) this.logger.info({}, 'the store can be used again: ready');
      this.wasWell = true;
    } catch (error) {
      const detail = describeError(error);
      if (this.wasWell) this.logger.error({ detail }, 'the store cannot be used: not ready');
      this.wasWell = false;
    }
    return this.wasWell;
  }

  /** The counter shows a Redis that takes no changes; in the embedded store it is asked of whoever counts for all workers. */
  private async readAndWrite(): Promise<void> {
    await Promise.all([this.store.read(probeKey), this.store.increment(probeKey, probeWindowMs)]);
  }

  /** In relay mode there are none. */
  private hasKeys(): boolean {
    if (isRelay(this.settings)) return true;
    try {
      this.keys.current();
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  }
}

function statusOf({ store, keys, audit, sources }: Omit<ReadyAnswer, 'status'>): ReadyStatus {
  if (store === 'failing' || keys === 'failing') return 'unready';
  const isImpaired = Object.values(sources).some((status) => status === 'down' || status === 'degraded');
  return audit === 'failing' || isImpaired ? 'degraded' : 'ready';
}

function wellOrNot(isWell: boolean): 'ok' | 'failing' {
  return isWell ? 'ok' : 'failing';
}

function withinDeadline<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new StoreUnavailable(`no answer within ${deadlineMs} ms`);
    const timer = setTimeout(() => reject(late), deadlineMs);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
