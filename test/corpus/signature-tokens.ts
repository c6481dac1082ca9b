import { constants, createHash, createSign, type KeyObject, privateEncrypt } from 'node:crypto';
import { type NegativeToken, signatureOf, type TokenForge } from './token-forge';

/** Signatures that are none, by the one of an algorithm that the service uses: RFC 7515 section 5.2, RFC 7518 section 3. */
export function signatureTokens(forge: TokenForge): NegativeToken[] {
  const family = forge.terms.key.algorithm.slice(0, 2);
  const special = { ES: ellipticSignatures, RS: pkcs1Signatures, PS: pssSignatures }[family];
  return [...anySignatures(forge), ...(special?.(forge) ?? [])];
}

function rows(
  forge: TokenForge,
  rule: string,
  signatures: Readonly<Record<string, Uint8Array>>,
): NegativeToken[] {
  return Object.entries(signatures).map(([name, bytes]) => ({
    name: `a signature of ${name}`,
    token: forge.withSignature(bytes),
    ...{ rule, passesForm: true },
  }));
}

function anySignatures(forge: TokenForge): NegativeToken[] {
  const { algorithm, signWith } = forge.terms.key;
  const good = signatureOf(forge.inputOf(), algorithm, signWith);
  const flipped = (bit: number) => {
    const bytes = Buffer.from(good);
    const at = Math.floor(bit / 8);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit % 8)), at);
    return bytes;
  };
  const last = good.length * 8 - 1;
  return rows(forge, 'RFC 7515 section 5.2', {
    zeros: Buffer.alloc(good.length),
    ones: Buffer.alloc(good.length, 0xff),
    'one byte': good.subarray(0, 1),
    'half its bytes': good.subarray(0, good.length / 2),
    'a byte too few at the end': good.subarray(0, -1),
    'a byte too few at the start': good.subarray(1),
    'a zero more at the end': Buffer.concat([good, Buffer.alloc(1)]),
    'a zero more at the start': Buffer.concat([Buffer.alloc(1), good]),
    'itself twice': Buffer.concat([good, good]),
    'another input': signatureOf(`${forge.inputOf()}A`, algorithm, signWith),
    'the payload alone': signatureOf(forge.inputOf().split('.')[1] ?? '', algorithm, signWith),
    ...Object.fromEntries(
      [0, 7, 8, Math.floor(last / 2), last].map((bit) => [`bit ${bit} turned`, flipped(bit)]),
    ),
  });
}

interface Curve {
  readonly bytes: number;
  /** The order of its base point (SEC 2 sections 2.4.2 and 2.5.1). */
  readonly order: bigint;
}

const curves: Readonly<Record<string, Curve>> = {
  ES256: { bytes: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  ES384: {
    bytes: 48,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
};

function curveOf({ terms }: TokenForge): Curve {
  const curve = curves[terms.key.algorithm];
  if (!curve) throw new Error(`${terms.key.algorithm} has no curve here`);
  return curve;
}

function integerBytes(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}

/** RFC 7518 section 3.4: r and s in as many bytes as the curve has, both from 1 to the order less one. */
function ellipticSignatures(forge: TokenForge): NegativeToken[] {
  const { signWith, algorithm } = forge.terms.key;
  const { bytes, order } = curveOf(forge);
  const good = signatureOf(forge.inputOf(), algorithm, signWith);
  const [r, s] = [good.subarray(0, bytes), good.subarray(bytes)];
  const integer = (part: Buffer) => BigInt(`0x${part.toString('hex')}`);
  const pair = (one: bigint | Buffer, other: bigint | Buffer, width = bytes) =>
    Buffer.concat([one, other].map((part) => (typeof part === 'bigint' ? integerBytes(part, width) : part)));
  const widest = (1n << BigInt(bytes * 8)) - 1n;
  const edges = {
    '0': 0n,
    '1': 1n,
    'n - 1': order - 1n,
    n: order,
    'n + 1': order + 1n,
    'the largest': widest,
  };
  const edgePairs = Object.entries(edges).flatMap(([name, value]) => [
    [`r = ${name}`, pair(value, s)],
    [`s = ${name}`, pair(r, value)],
    ...Object.entries(edges).map(([other, second]) => [`r = ${name}, s = ${other}`, pair(value, second)]),
  ]);
  const hash = `sha${algorithm.slice(-3)}`;
  const der = createSign(hash).update(forge.inputOf()).sign({ key: signWith, dsaEncoding: 'der' });
  return rows(forge, 'RFC 7518 section 3.4', {
    ...(Object.fromEntries(edgePairs) as Readonly<Record<string, Buffer>>),
    DER: der,
    's before r': pair(s, r),
    'r alone': r,
    'r twice': pair(r, r),
    's negated': pair(r, widest + 1n - integer(s)),
    'r + n, a byte wider': pair(integer(r) + order, integer(s), bytes + 1),
    's + n, a byte wider': pair(integer(r), integer(s) + order, bytes + 1),
    'both a byte wider': pair(integer(r), integer(s), bytes + 1),
    'both of half the width': Buffer.concat([r.subarray(0, bytes / 2), s.subarray(0, bytes / 2)]),
    'the width of P-521': Buffer.concat([Buffer.alloc(66 - bytes), r, Buffer.alloc(66 - bytes), s]),
  });
}

/** The other signature that ECDSA takes for the same text: (r, n - s). It proves the same, so it is no forgery. */
export function mirroredSignature(forge: TokenForge): string {
  const { signWith, algorithm } = forge.terms.key;
  const { bytes, order } = curveOf(forge);
  const good = signatureOf(forge.inputOf(), algorithm, signWith);
  const s = BigInt(`0x${good.subarray(bytes).toString('hex')}`);
  return forge.withSignature(Buffer.concat([good.subarray(0, bytes), integerBytes(order - s, bytes)]));
}

const digestInfos: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha512: '3051300d060960864801650304020305000440',
};

/** RFC 8017 section 8.2.2: the encoded message is compared whole, not taken apart. */
function pkcs1Signatures(forge: TokenForge): NegativeToken[] {
  const { signWith, algorithm } = forge.terms.key;
  const hash = `sha${algorithm.slice(-3)}`;
  const digest = createHash(hash).update(forge.inputOf()).digest();
  const info = Buffer.from(digestInfos[hash] ?? '', 'hex');
  const withoutNull = Buffer.from(info.toString('hex').replace('0500', ''), 'hex');
  const size = (signWith.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const padded = (tail: Buffer, fill = 0xff, type = 1) =>
    Buffer.concat([
      Buffer.from([0, type]),
      Buffer.alloc(size - tail.length - 3, fill),
      Buffer.from([0]),
      tail,
    ]);
  const short = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), info, digest]);
  const sha1 = Buffer.from('3021300906052b0e03021a05000414', 'hex');
  const encodings: Readonly<Record<string, Buffer>> = {
    'a short padding and garbage behind the hash': Buffer.concat([short, Buffer.alloc(size - short.length)]),
    'a hash without its name': padded(digest),
    'a hash with a wrong name': padded(Buffer.concat([sha1, digest])),
    'a hash by SHA-1': padded(Buffer.concat([sha1, createHash('sha1').update(forge.inputOf()).digest()])),
    'a name without NULL': padded(
      Buffer.concat([withoutNull.fill(withoutNull.readUInt8(1) - 2, 1, 2), digest]),
    ),
    'padding of zeros': padded(Buffer.concat([info, digest]), 0),
    'padding of type 2': padded(Buffer.concat([info, digest]), 0xff, 2),
    'padding of type 0': padded(Buffer.concat([info, digest]), 0, 0),
    'a byte behind the hash': padded(Buffer.concat([info, digest, Buffer.alloc(1)])),
  };
  const raw = Object.entries(encodings).map(([name, message]) => [name, rawSignature(signWith, message)]);
  return [
    ...rows(forge, 'RFC 8017 section 8.2.2', Object.fromEntries(raw) as Readonly<Record<string, Buffer>>),
    ...rows(forge, 'RFC 8017 section 5.2.2', outOfRange(signWith, size)),
  ];
}

function rawSignature(key: KeyObject, message: Buffer): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, message);
}

function outOfRange(key: KeyObject, size: number): Readonly<Record<string, Buffer>> {
  const modulus = Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url');
  return { one: integerBytes(1n, size), 'the modulus': modulus, 'no bytes but one': Buffer.from([1]) };
}

/** RFC 7518 section 3.5: the salt is as long as the hash. */
function pssSignatures(forge: TokenForge): NegativeToken[] {
  const { signWith, algorithm } = forge.terms.key;
  const hash = `sha${algorithm.slice(-3)}`;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const salted = (saltLength: number) =>
    createSign(hash).update(forge.inputOf()).sign({ key: signWith, padding, saltLength });
  const size = (signWith.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  return [
    ...rows(forge, 'RFC 7518 section 3.5', {
      'a salt of 0 bytes': salted(0),
      'a salt of 20 bytes': salted(20),
      'the longest salt': salted(constants.RSA_PSS_SALTLEN_MAX_SIGN),
      'PKCS #1 v1.5': createSign(hash).update(forge.inputOf()).sign(signWith),
    }),
    ...rows(forge, 'RFC 8017 section 5.2.2', outOfRange(signWith, size)),
  ];
}
