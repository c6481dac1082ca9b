import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { addressKey } from '../../throttle/address-key';
import { PasswordDecryption, type PasswordEncryption } from './encryption/password-decryption';

const unguessableBytes = 32;

/** Makes of a password as it came what a credential source is asked about. */
@Injectable()
export class TypedPassword {
  constructor(private readonly decryption: PasswordDecryption) {}

  /**
   * The typed password of somebody at this address. A text that does not decrypt, or to nothing, becomes a password that nobody has: the source then refuses it
   * as any wrong one, with the same answer, after the same time and with the same trace, so that nobody learns by trying how close
   * a ciphertext came (RFC 8017 section 7.2.2, note).
   * @throws DecryptionUnavailable when there is too much to do; StoreUnavailable when the keys cannot be read
   */
  async from(encryption: PasswordEncryption, text: string, address: string): Promise<string> {
    return (await this.decryption.decrypt(encryption, text, addressKey(address))) ?? unguessable();
  }

  /**
   * Both passwords of a change. Where one of the two does not decrypt, neither is used: the old one becomes a password that nobody
   * has, so that nothing is changed. @throws as `from`
   */
  async pair(
    encryption: PasswordEncryption,
    { oldText, newText }: { readonly oldText: string; readonly newText: string },
    address: string,
  ): Promise<{ readonly oldPassword: string; readonly newPassword: string }> {
    const sender = addressKey(address);
    const oldPassword = await this.decryption.decrypt(encryption, oldText, sender);
    const newPassword = await this.decryption.decrypt(encryption, newText, sender);
    if (oldPassword !== undefined && newPassword !== undefined) return { oldPassword, newPassword };
    return { oldPassword: unguessable(), newPassword: newPassword ?? unguessable() };
  }
}

function unguessable(): string {
  return randomBytes(unguessableBytes).toString('base64url');
}
