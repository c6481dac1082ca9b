import { StoreUnavailable } from '../stores/store';
import type { AccountLimits } from './account-limits';

/** One number for each kind of device. */
export interface ByDevice {
  /** Devices that have not logged this account in before. */
  readonly strangers: number;
  readonly known: number;
}

/** A try whose outcome is not known yet. */
export interface PendingTry {
  readonly id: string;
  readonly atMs: number;
  readonly isKnown: boolean;
}

/** The tries of one account. It lives until no try has been made for `windowMs`. */
export interface AccountRecord {
  /** Wrong passwords since the record began. They only grow, so that each one has its place in time. */
  readonly failed: ByDevice;
  /** How many of them, the earliest ones, were forgotten by a right password. */
  readonly forgiven: ByDevice;
  readonly pending: readonly PendingTry[];
  readonly lastTryAtMs: number;
  readonly windowMs: number;
}

/** What came of a try. `unknown`: nothing was learnt of the password. */
export type TryOutcome = 'right' | 'wrong' | 'unknown';

/** A try that an account gave. */
export interface TakenTry {
  readonly id: string;
  readonly isKnown: boolean;
  readonly takenAtMs: number;
  /** The failures that the record held already, forgiven ones included. */
  readonly failedBefore: ByDevice;
  readonly windowMs: number;
}

/** What is written down of a try. */
export interface Settlement {
  readonly outcome: TryOutcome;
  readonly nowMs: number;
  /** It was written down before, and nobody knows whether that arrived. */
  readonly isAgain?: boolean;
}

/** A device that asks for a try. */
export interface TryRequest {
  /** Unique. */
  readonly id: string;
  readonly isKnown: boolean;
  readonly nowMs: number;
}

const none: ByDevice = { strangers: 0, known: 0 };

/** Takes one try of the account, before the password is tried. @returns undefined when none is left */
export function takeTry(
  record: AccountRecord | undefined,
  { id, isKnown, nowMs }: TryRequest,
  limits: AccountLimits,
): { readonly record: AccountRecord; readonly taken: TakenTry } | undefined {
  const current = record ?? emptyRecord(limits.windowMs);
  const underWay = triesUnderWay(current, nowMs, limits);
  if (!hasTry({ ...current, pending: underWay }, isKnown, limits)) return undefined;
  const windowMs = Math.max(current.windowMs, limits.windowMs);
  const lost = current.pending.filter((pending) => !underWay.includes(pending)).slice(-mostLost);
  const pending = [...lost, ...underWay, { id, atMs: nowMs, isKnown }];
  const lastTryAtMs = Math.max(current.lastTryAtMs, nowMs);
  const taken = { id, isKnown, takenAtMs: nowMs, failedBefore: current.failed, windowMs };
  return { record: { ...current, pending, windowMs, lastTryAtMs }, taken };
}

/** Of the tries that count no longer, so many are kept: what came of them may still be learnt late, and must be written down once. */
const mostLost = 32;

/** The tries that count. One whose outcome has not come in time was lost, with its process or with the store, and says nothing of a password. */
export function triesUnderWay(
  { pending }: AccountRecord,
  nowMs: number,
  { longestTryMs }: Pick<AccountLimits, 'longestTryMs'>,
): readonly PendingTry[] {
  return pending.filter(({ atMs }) => nowMs - atMs < longestTryMs);
}

/** Whether there would be a try if those under way did not turn out to be wrong. */
export function mayTrySoon(
  record: AccountRecord | undefined,
  request: TryRequest,
  limits: AccountLimits,
): boolean {
  if (!record || triesUnderWay(record, request.nowMs, limits).length === 0) return false;
  return takeTry({ ...record, pending: [] }, request, limits) !== undefined;
}

/**
 * Writes down what came of a try. A right password takes off only the failures that were settled before the try was taken: the source
 * has forgotten those, and perhaps not the later ones.
 * @param record undefined where it has ended meanwhile, or was removed
 * @returns undefined where nothing is to be kept
 */
export function settleTry(
  record: AccountRecord | undefined,
  taken: TakenTry,
  { outcome, nowMs, isAgain = false }: Settlement,
): AccountRecord | undefined {
  const current = record ?? emptyRecord(taken.windowMs);
  // Where the record is another one than at the time of the try, the failures before it are gone already.
  const isSame = current.pending.some(({ id }) => id === taken.id);
  const pending = current.pending.filter(({ id }) => id !== taken.id);
  switch (outcome) {
    case 'wrong':
      // The first settlement may have happened although its answer was lost.
      if (isAgain && !isSame) return record;
      return {
        ...current,
        pending,
        failed: plusOne(current.failed, taken.isKnown),
        lastTryAtMs: Math.max(current.lastTryAtMs, nowMs),
      };
    case 'right':
      return isSame ? forgive({ ...current, pending }, taken) : record;
    case 'unknown':
      return isSame ? { ...current, pending } : record;
  }
}

/** Whether the record says nothing that an absent one would not say. */
export function isEmpty(record: AccountRecord): boolean {
  const { strangers, known } = openFailures(record);
  return strangers + known + record.pending.length === 0;
}

/** The wrong passwords that count at present. */
export function openFailures({ failed, forgiven }: AccountRecord): ByDevice {
  return { strangers: failed.strangers - forgiven.strangers, known: failed.known - forgiven.known };
}

/** When all is forgotten unless there is another try. */
export function endOf({ lastTryAtMs, windowMs }: AccountRecord): number {
  return lastTryAtMs + windowMs;
}

export function encodeAccountRecord(record: AccountRecord): string {
  return JSON.stringify(record);
}

/** @throws StoreUnavailable for a text of another form: what cannot be read must not give tries away */
export function decodeAccountRecord(text: string): AccountRecord {
  const record: unknown = JSON.parse(text);
  if (isRecord(record)) return record;
  throw new StoreUnavailable('a record of failed logins has another form');
}

function hasTry(record: AccountRecord, isKnown: boolean, limits: AccountLimits): boolean {
  const open = openFailures(record);
  const pendingStrangers = record.pending.filter((pending) => !pending.isKnown).length;
  const total = open.strangers + open.known + record.pending.length;
  const { source } = limits;
  const atSource = source ? source.counted + record.pending.length : 0;
  if (total >= limits.total || (source && atSource >= source.total)) return false;
  if (isKnown) return true;
  if (source && atSource >= source.strangers) return false;
  return open.strangers + pendingStrangers < limits.strangers;
}

/** Tries of processes that ended in the middle are forgotten too, once they can no longer be on their way. */
function forgive(record: AccountRecord, { failedBefore, takenAtMs, windowMs }: TakenTry): AccountRecord {
  const { forgiven } = record;
  return {
    ...record,
    forgiven: {
      strangers: Math.max(forgiven.strangers, failedBefore.strangers),
      known: Math.max(forgiven.known, failedBefore.known),
    },
    pending: record.pending.filter(({ atMs }) => atMs > takenAtMs - windowMs),
  };
}

function emptyRecord(windowMs: number): AccountRecord {
  return { failed: none, forgiven: none, pending: [], lastTryAtMs: 0, windowMs };
}

function plusOne(counts: ByDevice, isKnown: boolean): ByDevice {
  return isKnown ? { ...counts, known: counts.known + 1 } : { ...counts, strangers: counts.strangers + 1 };
}

function isRecord(value: unknown): value is AccountRecord {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'lastTryAtMs' in value &&
    typeof value.lastTryAtMs === 'number' &&
    'windowMs' in value &&
    typeof value.windowMs === 'number' &&
    'failed' in value &&
    isByDevice(value.failed) &&
    'forgiven' in value &&
    isByDevice(value.forgiven) &&
    'pending' in value &&
    Array.isArray(value.pending) &&
    value.pending.every(isPending)
  );
}

function isByDevice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'strangers' in value &&
    typeof value.strangers === 'number' &&
    'known' in value &&
    typeof value.known === 'number'
  );
}

function isPending(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'id' in value &&
    typeof value.id === 'string' &&
    'atMs' in value &&
    typeof value.atMs === 'number' &&
    'isKnown' in value &&
    typeof value.isKnown === 'boolean'
  );
}
