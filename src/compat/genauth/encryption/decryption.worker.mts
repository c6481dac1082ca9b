// Node loads this file by itself, also from the source tree, where it strips the types: it can import packages and types only.
import { constants, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { sm2 } from 'sm-crypto-v2';
import type { DecryptionAnswer, DecryptionOrder } from './decryption-order.js';

// A byte order mark is a part of the password like any other.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
let lastRsaKey: { readonly pem: string; readonly key: KeyObject } | undefined;

parentPort?.on('message', (order: DecryptionOrder) => parentPort?.postMessage(answer(order)));

function answer({ scheme, privateKey, ciphertexts }: DecryptionOrder): DecryptionAnswer {
  const decrypt = scheme === 'rsa' ? decryptRsa : decryptSm2;
  for (const ciphertext of ciphertexts) {
    const password = textOf(decrypt(ciphertext, privateKey));
    if (password) return { password };
  }
  return {};
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(withoutSurrogates(bytes));
  } catch {
    return undefined;
  }
}

/** JSEncrypt writes a character past U+FFFF as two surrogates of three bytes each (CESU-8), which no UTF-8 text holds. */
function withoutSurrogates(bytes: Uint8Array): Uint8Array {
  const surrogates = /\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]/g;
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(text.replace(surrogates, utf8OfSurrogates), 'latin1');
}

function utf8OfSurrogates(pair: string): string {
  const payload = (place: number): number => pair.charCodeAt(place) & 0x3f;
  const high = ((payload(1) & 0x0f) << 6) | payload(2);
  const low = ((payload(4) & 0x0f) << 6) | payload(5);
  return Buffer.from(String.fromCodePoint(0x10000 + (high << 10) + low)).toString('latin1');
}

/**
 * RSAES-PKCS1-v1_5 (RFC 8017 section 7.2.2). OpenSSL answers wrong padding with bytes that only the key and the text decide
 * (implicit rejection), so that neither an error nor the time tells it from right padding.
 * Any other error, such as that of a number above the modulus, means that the text is none.
 * @throws when this Node has no implicit rejection: that is a fault of the installation, not of the text.
 */
function decryptRsa(ciphertext: string, pem: string): Uint8Array {
  const key = rsaKey(pem);
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(ciphertext, 'base64'));
  } catch (error) {
    if (isWithoutImplicitRejection(error)) throw error;
    return new Uint8Array();
  }
}

/** Node refuses this padding where its OpenSSL would tell wrong padding by an error. */
function isWithoutImplicitRejection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE';
}

function rsaKey(pem: string): KeyObject {
  if (lastRsaKey?.pem !== pem) lastRsaKey = { pem, key: createPrivateKey(pem) };
  return lastRsaKey.key;
}

/** GB/T 32918.4 with C1 C3 C2. The library throws for a C1 that is not on the curve, and gives nothing where C3 does not fit. */
function decryptSm2(ciphertext: string, privateKey: string): Uint8Array {
  try {
    return Uint8Array.from(sm2.doDecrypt(ciphertext, privateKey, 1, { output: 'array' }));
  } catch {
    return new Uint8Array();
  }
}
