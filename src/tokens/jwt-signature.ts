import { sign } from 'node:crypto';
import type { SigningAlgorithm } from '../config/check-keys';
import type { SigningKey } from './signing-key';

/** RFC 7515 section 4.1. */
interface JwtHeader {
  readonly alg: SigningAlgorithm;
  readonly typ: string;
  readonly kid?: string;
}

interface Curve {
  readonly hash: string;
  /** Of one of the two numbers that are a signature (RFC 7518 section 3.4). */
  readonly numberBytes: number;
}

const curves: Readonly<Partial<Record<SigningAlgorithm, Curve>>> = {
  ES256: { hash: 'sha256', numberBytes: 32 },
  ES384: { hash: 'sha384', numberBytes: 48 },
};

/**
 * A signed JWT in compact form (RFC 7515 section 7.1), byte for byte what the library of the other algorithms would sign. With a curve
 * that library takes half as long again as the signature itself.
 * @param typ the token's type, which stands in the header with the algorithm and the key's name
 */
export function signedJwt(key: SigningKey, typ: string, payload: object): string {
  const { algorithm } = key;
  const curve = curves[algorithm];
  if (!curve) return key.jwt.sign(payload, { algorithm, header: headerOf(key, typ) });
  const signed = `${encodedHeader(key, typ)}.${encoded(payload)}`;
  const signature = sign(curve.hash, Buffer.from(signed), key.signWith);
  return `${signed}.${fixedLength(signature, curve.numberBytes).toString('base64url')}`;
}

function headerOf({ algorithm, keyId }: SigningKey, typ: string): JwtHeader {
  return { alg: algorithm, typ, ...(keyId && { kid: keyId }) };
}

/** A key signs many tokens of a few types. */
const headersOfKeys = new WeakMap<SigningKey, Map<string, string>>();

function encodedHeader(key: SigningKey, typ: string): string {
  const known = headersOfKeys.get(key);
  const header = known?.get(typ);
  if (known && header !== undefined) return header;
  const made = encoded(headerOf(key, typ));
  headersOfKeys.set(key, new Map([...(known ?? []), [typ, made]]));
  return made;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * An ECDSA signature of ASN.1 DER (RFC 3279 section 2.2.3) as its two numbers of fixed length. Node does so too (`dsaEncoding`), and
 * takes twice as long for that as for the signature.
 */
export function fixedLength(der: Buffer, numberBytes: number): Buffer {
  const bytes = Buffer.alloc(2 * numberBytes);
  // Behind the head of the sequence, whose length is one byte for these curves, and the tag of the first number.
  let at = 3;
  for (const end of [numberBytes, 2 * numberBytes]) {
    const length = der[at] ?? 0;
    // A zero in front keeps a number positive; short numbers have none of their zeros.
    const number = der.subarray(at + 1 + Math.max(0, length - numberBytes), at + 1 + length);
    number.copy(bytes, end - number.length);
    at += length + 2;
  }
  return bytes;
}
