import type { RefreshTokenKey } from './refresh-token-key';
import { macOf } from './token-mac';

/** Tells these from tokens (1 to 3) and from tags of accounts (4): one key makes them all. */
const macVersion = 5;

/** Makes of a text, such as a name that somebody typed, 128 bits that nobody can foretell who does not hold the key of the tokens. */
export class AccountMac {
  constructor(private readonly key: RefreshTokenKey) {}

  /** @throws StoreUnavailable while the key is not known */
  of(text: string): Buffer {
    return macOf(this.key, Buffer.concat([Buffer.from([macVersion]), Buffer.from(text)]));
  }
}
