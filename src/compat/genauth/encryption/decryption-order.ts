export type EncryptionScheme = 'rsa' | 'sm2';

/** What the decryption thread is asked. It holds a private key, so it goes to no log. */
export interface DecryptionOrder {
  readonly scheme: EncryptionScheme;
  /** PKCS #8 in PEM for rsa, 64 hexadecimal digits for sm2. */
  readonly privateKey: string;
  /** Ways to read one text, tried in turn until one decrypts: base64 for rsa, hexadecimal C1 C3 C2 for sm2. */
  readonly ciphertexts: readonly string[];
}

/** What the decryption thread answers. It holds a password, so it goes to no log. */
export interface DecryptionAnswer {
  /** Absent for a text that does not decrypt to UTF-8 of at least one byte. */
  readonly password?: string;
}
