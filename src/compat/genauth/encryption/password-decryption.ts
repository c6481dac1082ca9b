import { longestPassword } from '../../../auth/credential-fields';
import type { Logger } from '../../../common/logger';
import type { Closable } from '../../../strategies/credential-strategy';
import { rsaCiphertexts, sm2Ciphertexts } from './ciphertext-forms';
import type { EncryptionScheme } from './decryption-order';
import { DecryptionThread } from './decryption-thread';
import type { EncryptionKeys } from './encryption-keys';

/** The values of `passwordEncryptType`. */
export const passwordEncryptions = ['none', 'rsa', 'sm2'] as const;
export type PasswordEncryption = (typeof passwordEncryptions)[number];

export interface PasswordDecryptionOptions {
  readonly keys: Pick<EncryptionKeys, 'privateKeys'>;
  readonly logger: Logger;
  /** Default is a thread of its own. */
  readonly thread?: Pick<DecryptionThread, 'decrypt' | 'close'>;
}

/**
 * Makes the typed password of what a client sent. All failures are one and the same `undefined`, and those that depend on the
 * private key take the same time, so that nobody learns by trying how close a text came. A text that anybody can see to be none
 * (its length, its alphabet) is refused at once.
 */
export class PasswordDecryption implements Closable {
  private readonly keys: Pick<EncryptionKeys, 'privateKeys'>;
  private readonly thread: Pick<DecryptionThread, 'decrypt' | 'close'>;

  constructor({ keys, logger, thread }: PasswordDecryptionOptions) {
    this.keys = keys;
    this.thread = thread ?? new DecryptionThread({ logger });
  }

  /**
   * @param sender for whom it is, so that nobody has to wait for all that another one asks
   * @returns a password of 1 to 1024 characters; undefined for everything else, whatever the cause.
   * @throws DecryptionUnavailable when there is too much to do; StoreUnavailable when the keys cannot be read.
   */
  async decrypt(encryption: PasswordEncryption, text: string, sender = ''): Promise<string | undefined> {
    const password = encryption === 'none' ? text : await this.decryptWith(encryption, text, sender);
    return password && password.length <= longestPassword ? password : undefined;
  }

  /** Ends the thread; whoever still waits gets DecryptionUnavailable. */
  close(): Promise<void> {
    return this.thread.close();
  }

  private async decryptWith(
    scheme: EncryptionScheme,
    text: string,
    sender: string,
  ): Promise<string | undefined> {
    const ciphertexts = scheme === 'rsa' ? rsaCiphertexts(text) : sm2Ciphertexts(text);
    if (ciphertexts.length === 0) return undefined;
    const privateKeys = await this.keys.privateKeys();
    return this.thread.decrypt({ scheme, privateKey: privateKeys[scheme], ciphertexts }, sender);
  }
}
