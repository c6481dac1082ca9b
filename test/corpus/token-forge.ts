import {
  constants,
  createHmac,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto';

/** The key that a service takes tokens of. */
export interface OwnKey {
  /** `alg` (RFC 7518 section 3.1). */
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly signWith: KeyObject;
  /** The public half, which anybody may know; the same secret with HS256. */
  readonly verifyWith: KeyObject;
}

export type Json = Readonly<Record<string, unknown>>;

export interface ForgeTerms {
  readonly key: OwnKey;
  /** The claims of a token that is good now. */
  readonly claims: Json;
  readonly nowSeconds: number;
  /** Where somebody listens whom nobody may ask: `http://127.0.0.1:…`. */
  readonly trapUrl: string;
}

/** A token that must be refused, and why. */
export interface NegativeToken {
  readonly name: string;
  readonly token: string;
  /** The clause that it breaks. */
  readonly rule: string;
  /** Whether its header and spelling are so much like those of a good one that only its signature, or claims under it, give it away. */
  readonly passesForm: boolean;
  /** It breaks no rule that holds for every verifier: our own strictness alone refuses it. */
  readonly strictness?: 'ours';
  /** Our code for it, where that is another one than INVALID_TOKEN. */
  readonly code?: 'TOKEN_EXPIRED';
}

export function encoded(content: string | Uint8Array): string {
  return Buffer.from(content).toString('base64url');
}

/** Foreign keys are made once for all specs of a file: RSA takes its time. */
let foreign: Readonly<Record<string, KeyObject>> | undefined;

/** Private keys of somebody else, by the algorithm that they are for. */
export function foreignKeys(): Readonly<Record<string, KeyObject>> {
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const rsa = foreign ? undefined : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  foreign ??= {
    ...{ ES256: ec('P-256'), ES384: ec('P-384'), ES512: ec('P-521'), ES256K: ec('secp256k1') },
    ...(rsa && { RS256: rsa, RS512: rsa, PS256: rsa }),
  };
  return foreign;
}

/** The signature that an algorithm makes with a private key or a secret; any of them, whether they fit or not. */
export function signatureOf(input: string, algorithm: string, key: KeyObject | string): Buffer {
  const hash = `sha${algorithm.replace('K', '').slice(-3)}`;
  if (algorithm.startsWith('HS') || typeof key === 'string')
    return createHmac(hash, key).update(input).digest();
  const how: Readonly<Record<string, Omit<SignKeyObjectInput, 'key'>>> = {
    ES: { dsaEncoding: 'ieee-p1363' },
    PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  };
  return createSign(hash)
    .update(input)
    .sign({ ...how[algorithm.slice(0, 2)], key });
}

/** Writes tokens with a service's own key and with others: what a thief of the key, a fool or a fault could write. */
export class TokenForge {
  readonly header: Json;

  constructor(readonly terms: ForgeTerms) {
    const { algorithm, keyId } = terms.key;
    this.header = { alg: algorithm, typ: 'at+jwt', ...(keyId !== undefined && { kid: keyId }) };
  }

  /** Of texts that need not be JSON, nor base64url. Signed by the own key. */
  signedParts(header: string, payload: string): string {
    const { algorithm, signWith } = this.terms.key;
    const input = `${header}.${payload}`;
    return `${input}.${encoded(signatureOf(input, algorithm, signWith))}`;
  }

  /** Of a header and a payload in JSON, or what looks like it. Signed by the own key. */
  signedText(header: string | Uint8Array, payload: string | Uint8Array): string {
    return this.signedParts(encoded(header), encoded(payload));
  }

  /** Good but for these members of the header; undefined takes one away. */
  withHeader(changes: Json): string {
    return this.signedText(JSON.stringify({ ...this.header, ...changes }), JSON.stringify(this.terms.claims));
  }

  /** Good but for these claims; undefined takes one away. */
  withClaims(changes: Json): string {
    return this.signedText(JSON.stringify(this.header), JSON.stringify({ ...this.terms.claims, ...changes }));
  }

  /** Good but for a payload that is another text. */
  withPayload(payload: string | Uint8Array): string {
    return this.signedText(JSON.stringify(this.header), payload);
  }

  /** Good but for the one claim, which is written as this text. */
  withClaimText(name: string, json: string): string {
    const others = JSON.stringify({ ...this.terms.claims, [name]: undefined });
    return this.withPayload(`${others.slice(0, -1)},${JSON.stringify(name)}:${json}}`);
  }

  /** A header and the good claims, signed in any way. */
  signedBy(header: Json, algorithm: string, key: KeyObject | string): string {
    const input = this.inputOf(header);
    return `${input}.${encoded(signatureOf(input, algorithm, key))}`;
  }

  /** A header and the good claims, with any signature. */
  withSignature(signature: string | Uint8Array, header: Json = this.header): string {
    return `${this.inputOf(header)}.${typeof signature === 'string' ? signature : encoded(signature)}`;
  }

  good(): string {
    return this.withClaims({});
  }

  /** The signing input of a header over the good claims (RFC 7515 section 5.1). */
  inputOf(header: Json = this.header): string {
    return `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(this.terms.claims))}`;
  }
}
