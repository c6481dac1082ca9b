import type { JsonWebKey } from 'node:crypto';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { StoreUnavailable } from '../stores/store';
import type { KeyRing } from './key-ring';
import { type SigningKey, signingKey, type VerifyingKey, verifyingKey } from './signing-key';
import { SigningKeys } from './signing-keys';
import type { StoredKeyRing } from './stored-key-ring';

export interface RotatingKeysOptions {
  readonly stored: StoredKeyRing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The ring as this process knows it, ready to use. */
interface View {
  readonly ring: KeyRing;
  readonly current: SigningKey;
  readonly byId: ReadonlyMap<string, VerifyingKey>;
}

/** How old what a process knows of the ring may become; a change by another one is seen within this time. */
const lookEveryMs = 2000;
/** A stranger's tokens must not make us read the store for each of them. */
const lookCooldownMs = 500;
/** Redis is connected in the background; a gateway that starts with it waits so long for the first answer. */
const firstLookMs = 2500;
const firstLookRetryMs = 50;

/**
 * The keys of the ring in the store. A timer looks at it every two seconds, and rotates when that is due. While the store is down,
 * what is known goes on: tokens are signed and verified as before.
 */
export class RotatingKeys extends SigningKeys implements OnModuleInit, OnModuleDestroy {
  private readonly stored: StoredKeyRing;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private view: View | undefined;
  private looking: Promise<void> | undefined;
  /** Until the next look for unknown keys may begin. */
  private waiting: Promise<void> | undefined;
  private lookedAtMs = -Infinity;
  private lookedAtTick = -Infinity;
  private lastFault: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor({ stored, clock, logger }: RotatingKeysOptions) {
    super();
    this.stored = stored;
    this.clock = clock;
    this.logger = logger;
  }

  /** @throws ConfigurationError for a wrong KEY_ENCRYPTION_KEY. A store that is down is no reason not to start. */
  async onModuleInit(): Promise<void> {
    const giveUpAt = performance.now() + firstLookMs;
    let fault = await this.firstFault();
    while (fault && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, firstLookRetryMs));
      fault = await this.firstFault();
    }
    if (fault) this.reportFault(fault);
    else this.reportSealing();
    this.timer = setInterval(() => void this.look(), lookEveryMs);
    this.timer.unref();
  }

  /** The store is closed later, when nobody looks at it any more. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  override current(): SigningKey {
    return this.known().current;
  }

  override get dueAtMs(): number | undefined {
    return this.view && this.view.ring.current.activeFromMs + this.stored.policy.maxAgeMs;
  }

  override find(keyId: string | undefined): VerifyingKey | undefined {
    return keyId === undefined ? undefined : this.known().byId.get(keyId);
  }

  override published(): readonly JsonWebKey[] {
    return [...this.known().byId.values()]
      .map(({ publicJwk }) => publicJwk)
      .filter((jwk) => jwk !== undefined);
  }

  override async refresh(): Promise<void> {
    // By the clock of the tokens as well: it may have jumped, as that of a machine does that was suspended.
    const passedMs = Math.abs(this.clock.nowMs() - this.lookedAtMs);
    if (passedMs >= lookEveryMs || performance.now() - this.lookedAtTick >= lookEveryMs) await this.look();
  }

  override async lookFor(keyId: string): Promise<void> {
    if (this.view?.byId.has(keyId)) return;
    this.waiting ??= this.lookAfterCooldown();
    await this.waiting;
  }

  /** Whoever asks gets a look that began later, since the key may have been made a moment ago. */
  private async lookAfterCooldown(): Promise<void> {
    const waitMs = this.lookedAtTick + lookCooldownMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    await this.looking;
    this.waiting = undefined;
    await this.look();
  }

  private known(): View {
    if (!this.view) throw new StoreUnavailable('the signing keys have not been read yet');
    return this.view;
  }

  /** Many may ask at once; the store is asked once for all of them. */
  private look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.readRing();
      if (this.lastFault !== undefined) this.logger.info({}, 'the signing keys can be read again');
      this.lastFault = undefined;
    } catch (error) {
      this.reportFault(error);
    }
  }

  private async readRing(): Promise<void> {
    this.lookedAtMs = this.clock.nowMs();
    this.lookedAtTick = performance.now();
    // What can be read counts, even where the rotation that is due cannot be written.
    const found = await this.stored.read();
    if (found) this.show(found.ring);
    this.show(await this.stored.settle());
  }

  /** What keeps the ring from being read, where that may pass. */
  private async firstFault(): Promise<StoreUnavailable | undefined> {
    try {
      await this.readRing();
      return undefined;
    } catch (error) {
      if (error instanceof StoreUnavailable) return error;
      throw error;
    }
  }

  /** What an operator still has to do after KEY_ENCRYPTION_KEY was set or changed. */
  private reportSealing(): void {
    const advice = this.stored.sealingAdvice();
    if (advice !== undefined) this.logger.warn({}, advice);
  }

  /** Once for each outage. */
  private reportFault(error: unknown): void {
    const fault = describeError(error);
    if (this.lastFault === fault) return;
    this.lastFault = fault;
    const known = this.view ? 'the known ones go on' : 'there are none to sign or verify with';
    this.logger.error({ fault }, `the signing keys cannot be read; ${known}`);
  }

  private show(ring: KeyRing): void {
    const before = this.view;
    if (before?.ring === ring) return;
    const known = (key: VerifyingKey): [string, VerifyingKey][] =>
      key.keyId === undefined ? [] : [[key.keyId, key]];
    const current = signingKey(ring.current);
    const others = [...(ring.next ? [ring.next] : []), ...ring.previous].map(
      (key) => before?.byId.get(key.kid) ?? verifyingKey(key),
    );
    this.view = { ring, current, byId: new Map([current, ...others].flatMap(known)) };
    if (before) this.reportChange(before.ring, ring);
  }

  private reportChange(before: KeyRing, after: KeyRing): void {
    const keys = {
      current: after.current.kid,
      next: after.next?.kid,
      previous: after.previous.map(({ kid }) => kid),
    };
    if (before.current.kid !== after.current.kid) this.logger.info(keys, 'another key signs from now on');
    else if (before.next?.kid !== after.next?.kid)
      this.logger.info(keys, 'the next signing key is published');
    else this.logger.debug(keys, 'the signing keys have changed');
  }
}
