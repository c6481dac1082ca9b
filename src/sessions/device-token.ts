import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../common/clock';
import { fewRandomBytes } from '../common/random-bytes';
import type { LockoutSettings } from '../config/lockout-settings';
import type { RefreshTokenKey } from './refresh-token-key';
import { contentOf, macBytes, macOf, withMac } from './token-mac';

/** Tells these tokens from refresh tokens (1) and session tokens (2): one key signs all of them. */
const formatVersion = 3;
/** The tags of accounts begin with it, and no token does. */
const tagVersion = 4;
const deviceIdBytes = 16;
const headBytes = 1 + deviceIdBytes;
const mostAccounts = 5;
const accountBytes = macBytes + 4;
const longestToken = Math.ceil(((headBytes + mostAccounts * accountBytes + macBytes) * 4) / 3);

/** A browser, and the accounts that somebody has logged in to with it. */
export interface KnownDevice {
  readonly id: Buffer;
  /** The newest first. */
  readonly accounts: readonly DeviceAccount[];
}

interface DeviceAccount {
  /** A MAC of the account's key, another one on each device: it tells nobody whose account it is. */
  readonly tag: Buffer;
  readonly issuedAtSeconds: number;
}

type DeviceSettings = Pick<LockoutSettings, 'LOCKOUT_DEVICE_TTL_SECONDS'>;

/**
 * Writes and reads tokens by which a browser is known as a device of the people who have logged in with it (OWASP, Slow Down Online Guessing
 * Attacks with Device Cookies). A token lets nobody in; it says from which share of an account's tries a password may be tried.
 */
export class DeviceTokenCodec {
  constructor(
    private readonly key: RefreshTokenKey,
    private readonly clock: Clock,
    private readonly settings: DeviceSettings,
  ) {}

  /**
   * The device of a token; undefined for anything that this gateway did not write, and where all of it is too old.
   * @throws StoreUnavailable while the key is not known
   */
  decode(token: string): KnownDevice | undefined {
    if (token.length > longestToken || !/^[A-Za-z0-9_-]+$/.test(token)) return undefined;
    const content = contentOf(this.key, token);
    if (!content || content.readUInt8(0) !== formatVersion) return undefined;
    const accounts = accountsIn(content.subarray(headBytes)).filter((account) => this.isLive(account));
    return accounts.length > 0 ? { id: content.subarray(1, headBytes), accounts } : undefined;
  }

  /** Whether somebody has logged in to the account with this key on this device. @throws StoreUnavailable as `decode` */
  knows(device: KnownDevice, accountKey: string): boolean {
    const tag = this.tagOf(device.id, accountKey);
    return device.accounts.some((account) => timingSafeEqual(account.tag, tag));
  }

  /**
   * The token after a login to the account with this key. Of the accounts before it the newest ones stay.
   * @param device undefined for a browser that was not known
   * @returns undefined where LOCKOUT_DEVICE_TTL_SECONDS is 0
   * @throws StoreUnavailable as `decode`
   */
  encode(device: KnownDevice | undefined, accountKey: string): string | undefined {
    if (this.settings.LOCKOUT_DEVICE_TTL_SECONDS === 0) return undefined;
    const id = device?.id ?? fewRandomBytes(deviceIdBytes);
    const tag = this.tagOf(id, accountKey);
    const others = (device?.accounts ?? []).filter((account) => !account.tag.equals(tag));
    const newest = { tag, issuedAtSeconds: this.clock.nowSeconds() };
    const accounts = [newest, ...others].slice(0, mostAccounts);
    return withMac(this.key, Buffer.concat([Buffer.from([formatVersion]), id, ...accounts.map(bytesOf)]));
  }

  private tagOf(deviceId: Buffer, accountKey: string): Buffer {
    return macOf(this.key, Buffer.concat([Buffer.from([tagVersion]), deviceId, Buffer.from(accountKey)]));
  }

  private isLive({ issuedAtSeconds }: DeviceAccount): boolean {
    return this.clock.nowSeconds() < issuedAtSeconds + this.settings.LOCKOUT_DEVICE_TTL_SECONDS;
  }
}

function bytesOf({ tag, issuedAtSeconds }: DeviceAccount): Buffer {
  const bytes = Buffer.alloc(accountBytes);
  tag.copy(bytes);
  bytes.writeUInt32BE(issuedAtSeconds, macBytes);
  return bytes;
}

function accountsIn(bytes: Buffer): DeviceAccount[] {
  return Array.from({ length: Math.floor(bytes.length / accountBytes) }, (_, index) => {
    const account = bytes.subarray(index * accountBytes, (index + 1) * accountBytes);
    return { tag: account.subarray(0, macBytes), issuedAtSeconds: account.readUInt32BE(macBytes) };
  });
}
