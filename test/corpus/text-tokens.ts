import { encoded, type NegativeToken, type TokenForge } from './token-forge';

/** Other spellings of a good token: RFC 7515 sections 2 and 7.1, RFC 4648 section 3.5. */
export function textTokens(forge: TokenForge): NegativeToken[] {
  return [...spellings(forge), ...frames(forge), ...long(forge)].map((one) => ({
    ...{ rule: 'RFC 7515 section 2', passesForm: false },
    ...one,
  }));
}

type Text = Pick<NegativeToken, 'name' | 'token'> & Partial<NegativeToken>;

/** Each part spelled otherwise, as a stranger could (the old signature) and as we could (a new one over that text). */
function spellings(forge: TokenForge): Text[] {
  const good = forge.good();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const ways: Readonly<Record<string, (part: string) => string>> = {
    padding: (part) => `${part}${'='.repeat((4 - (part.length % 4)) % 4 || 4)}`,
    'one padding character': (part) => `${part}=`,
    'a blank before it': (part) => ` ${part}`,
    'a blank within': (part) => `${part.slice(0, 5)} ${part.slice(5)}`,
    'a line end within': (part) => `${part.slice(0, 5)}\n${part.slice(5)}`,
    'a line end after it': (part) => `${part}\n`,
    'a carriage return and line end after it': (part) => `${part}\r\n`,
    'a tab after it': (part) => `${part}\t`,
    'a NUL after it': (part) => `${part}\u0000`,
    'a character more': (part) => `${part}A`,
    'the character * within': (part) => `${part.slice(0, 5)}*${part.slice(5)}`,
    'a full-width letter': (part) => `${part.slice(0, 5)}Ａ${part.slice(5)}`,
    'percent encoding': (part) => part.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`),
    'the alphabet of base64': (part) => part.replaceAll('-', '+').replaceAll('_', '/'),
    'unused bits': withUnusedBits,
  };
  return Object.entries(ways).flatMap(([what, change]) => {
    const [first, second, third] = [change(header), change(payload), change(signature)];
    const loose = strictOnly(what);
    // Another row of bytes, in its one spelling, where the length allows it.
    const passesForm = what === 'a character more';
    const rows: Text[] = [
      { name: `header with ${what}`, token: `${first}.${payload}.${signature}` },
      { name: `payload with ${what}`, token: `${header}.${second}.${signature}`, passesForm },
      { name: `signature with ${what}`, token: `${header}.${payload}.${third}`, ...loose },
      { name: `header with ${what}, signed so`, token: forge.signedParts(first, payload), ...loose },
      {
        name: `payload with ${what}, signed so`,
        token: forge.signedParts(header, second),
        ...loose,
        passesForm,
      },
    ];
    return rows.filter(({ token }) => token !== good && !isResignedGood(forge, token));
  });
}

/** ECDSA and PSS sign otherwise each time; the text before it tells. */
function isResignedGood(forge: TokenForge, token: string): boolean {
  const [, , signature = ''] = token.split('.');
  return (
    token.startsWith(`${forge.inputOf()}.`) && signature === encoded(Buffer.from(signature, 'base64url'))
  );
}

/** Many decoders read these all the same; the bytes are those of a good token. */
function strictOnly(what: string): Partial<NegativeToken> {
  return what === 'a character more' ? {} : { strictness: 'ours' };
}

/** The last character of a part may have bits that belong to no byte. */
export function withUnusedBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  if (part.length % 4 === 0) return part;
  const last = alphabet.indexOf(part.slice(-1));
  return `${part.slice(0, -1)}${alphabet[last + 1] ?? ''}`;
}

/** Too few parts, too many, and other serialisations. */
function frames(forge: TokenForge): Text[] {
  const good = forge.good();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const protectedPart = { protected: header, signature };
  const texts: Readonly<Record<string, string>> = {
    'an empty text': '',
    'a dot': '.',
    'two dots': '..',
    'three dots': '...',
    'a header alone': header,
    'no signature': `${header}.${payload}`,
    'an empty signature': `${header}.${payload}.`,
    'no payload': `${header}..${signature}`,
    'no header': `.${payload}.${signature}`,
    'a dot more at the end': `${good}.`,
    'a dot more at the start': `.${good}`,
    'a dot more in the middle': `${header}..${payload}.${signature}`,
    'a fourth part': `${good}.${signature}`,
    'five parts, as a JWE has': `${header}.AAAA.AAAA.${payload}.${signature}`,
    'a JWE': `${encoded('{"alg":"dir","enc":"A128GCM"}')}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    'itself twice': `${good}${good}`,
    'itself twice with a comma': `${good},${good}`,
    'its scheme again': `Bearer ${good}`,
    quotes: `"${good}"`,
    'the flattened JSON form': JSON.stringify({ payload, ...protectedPart }),
    'the general JSON form': JSON.stringify({ payload, signatures: [protectedPart] }),
    'other letters': good.toUpperCase(),
    'commas for dots': good.replaceAll('.', ','),
    'full stops of another alphabet': good.replaceAll('.', '。'),
    'itself reversed': good.split('').reverse().join(''),
    'its bytes in base64': encoded(good),
    undefined: 'undefined',
    null: 'null',
    'an object': '[object Object]',
  };
  return Object.entries(texts).map(([what, token]) => ({ name: `a text: ${what}`, token }));
}

const million = 1_000_000;

/** Cut before anything is decoded. */
function long(forge: TokenForge): Text[] {
  const [header = '', payload = '', signature = ''] = forge.good().split('.');
  const fill = 'A'.repeat(million);
  const texts: Readonly<Record<string, string>> = {
    'a header of a megabyte': `${fill}.${payload}.${signature}`,
    'a payload of a megabyte': `${header}.${fill}.${signature}`,
    'a signature of a megabyte': `${header}.${payload}.${fill}`,
    'a megabyte without a dot': fill,
    'a megabyte of dots': '.'.repeat(million),
    'a megabyte of blanks': ' '.repeat(million),
    'a megabyte of brackets': encoded('['.repeat(million)),
    'a megabyte of claims under our signature': forge.withClaims({ filler: 'x'.repeat(million) }),
    '16 KiB of dots': '.'.repeat(16_384),
    'a signature of 15 KB': `${header}.${payload}.${'A'.repeat(15_000)}`,
  };
  return Object.entries(texts).map(([name, token]) => ({
    ...{ name, token, rule: 'a limit of ours' },
    ...(name.includes('under our signature') && { strictness: 'ours' as const }),
    ...(name === 'a signature of 15 KB' && { passesForm: true }),
  }));
}
