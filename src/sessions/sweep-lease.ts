import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Store } from '../stores/store';

interface LeaseRecord {
  readonly holder: string;
  readonly heldUntilMs: number;
  /** When the last round began; 0 before the first. */
  readonly roundAtMs: number;
}

const key = 'identity-sweep';
/** A process that has died is followed by another one then. */
const leaseMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;
const mostRaces = 10;
const nobody: LeaseRecord = { holder: '', heldUntilMs: 0, roundAtMs: 0 };

/** Lets one process at a time, of all that share the store, look after the identities of live sessions. */
@Injectable()
export class SweepLease {
  private readonly self = randomUUID();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes the lease or keeps it, for a minute. Gives when the last round began, or undefined while another process has the lease.
   * @param roundAtMs says that a round begins then
   * @throws StoreUnavailable
   */
  async hold(roundAtMs?: number): Promise<number | undefined> {
    for (let race = 0; race < mostRaces; race++) {
      const nowMs = this.clock.nowMs();
      const record = await this.store.read(key);
      const lease = record ? possibleAt(nowMs, parseLease(record.value)) : nobody;
      if (lease.holder !== this.self && lease.heldUntilMs > nowMs) return undefined;
      const next = {
        holder: this.self,
        heldUntilMs: nowMs + leaseMs,
        roundAtMs: roundAtMs ?? lease.roundAtMs,
      };
      if (await this.write(next, record?.version)) return next.roundAtMs;
    }
    return undefined;
  }

  /** Lets the next process go on at once. @throws StoreUnavailable */
  async letGo(): Promise<void> {
    const record = await this.store.read(key);
    if (!record) return;
    const lease = parseLease(record.value);
    if (lease.holder === this.self) await this.write({ ...lease, heldUntilMs: 0 }, record.version);
  }

  private write(lease: LeaseRecord, version: number | undefined): Promise<boolean> {
    // Far longer than the lease: it also says when the last round was.
    const expiresAtMs = this.clock.nowMs() + 2 * dayMs;
    const value = JSON.stringify(lease);
    if (version === undefined) return this.store.create(key, value, expiresAtMs);
    return this.store.replace(key, version, value, expiresAtMs);
  }
}

/** What a clock that was ahead has written must not keep everybody from it until that time has come. */
function possibleAt(nowMs: number, { holder, heldUntilMs, roundAtMs }: LeaseRecord): LeaseRecord {
  return {
    holder,
    heldUntilMs: heldUntilMs > nowMs + 2 * leaseMs ? 0 : heldUntilMs,
    roundAtMs: roundAtMs > nowMs + leaseMs ? 0 : roundAtMs,
  };
}

function parseLease(text: string): LeaseRecord {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return nobody;
  const { holder, heldUntilMs, roundAtMs } = { holder: '', heldUntilMs: 0, roundAtMs: 0, ...value };
  return { holder: String(holder), heldUntilMs: Number(heldUntilMs), roundAtMs: Number(roundAtMs) };
}
