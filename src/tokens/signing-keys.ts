import type { JsonWebKey } from 'node:crypto';
import type { SigningKey, VerifyingKey } from './signing-key';

/** The keys of access tokens, as this process knows them at the moment. */
export abstract class SigningKeys {
  /** The key that signs. @throws StoreUnavailable when no key has ever been read. */
  abstract current(): SigningKey;

  /**
   * The key that a token names; a token that names none belongs to a shared secret.
   * @throws StoreUnavailable when no key has ever been read.
   */
  abstract find(keyId: string | undefined): VerifyingKey | undefined;

  /** What is published (RFC 7517 section 5). @throws StoreUnavailable when no key has ever been read. */
  abstract published(): readonly JsonWebKey[];

  /** When the key that signs is due to be replaced, in milliseconds since the Unix epoch; undefined where it never is, or is not known yet. */
  get dueAtMs(): number | undefined {
    return undefined;
  }

  /** Looks for newer keys where it is time to. Never rejects: what is known goes on. */
  abstract refresh(): Promise<void>;

  /** Looks for a key that is not known yet, but not again within a moment. Never rejects. */
  abstract lookFor(keyId: string): Promise<void>;
}

/** Keys that never change, so that there is nothing to look for. */
abstract class FixedKeys extends SigningKeys {
  override published(): readonly JsonWebKey[] {
    return [];
  }

  override refresh(): Promise<void> {
    return Promise.resolve();
  }

  override lookFor(): Promise<void> {
    return Promise.resolve();
  }
}

/** HS256: one key, which nobody else knows and which is published nowhere. */
export class SharedSecretKeys extends FixedKeys {
  constructor(private readonly key: SigningKey) {
    super();
  }

  override current(): SigningKey {
    return this.key;
  }

  override find(keyId: string | undefined): VerifyingKey | undefined {
    return keyId === undefined ? this.key : undefined;
  }
}

/** Relay mode: the source signs, and no token of ours opens anything. */
export class NoKeys extends FixedKeys {
  override current(): SigningKey {
    throw new Error('There is no signing key in relay mode');
  }

  override find(): undefined {
    return undefined;
  }
}
