import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Ways in which a secret may be written down by accident. */
export const spellings: Readonly<Record<string, (secret: string) => readonly Buffer[]>> = {
  plain: (secret) => [Buffer.from(secret)],
  'JSON-escaped': (secret) => [
    Buffer.from(JSON.stringify(secret).slice(1, -1)),
    Buffer.from(asciiJson(secret)),
  ],
  'URL-encoded': (secret) => [
    Buffer.from(encodeURIComponent(secret)),
    Buffer.from(new URLSearchParams({ x: secret }).toString().slice(2)),
  ],
  base64: (secret) => base64Parts(secret).map((part) => Buffer.from(part)),
  base64url: (secret) =>
    base64Parts(secret).map((part) => Buffer.from(part.replaceAll('+', '-').replaceAll('/', '_'))),
  hex: (secret) => [Buffer.from(hex(secret)), Buffer.from(hex(secret).toUpperCase())],
  'UTF-16LE': (secret) => [Buffer.from(secret, 'utf16le')],
};

/** Which secrets stand in a text or in bytes, and how they are written, such as `password (base64)`. */
export function secretsIn(place: string | Buffer, secrets: Readonly<Record<string, string>>): string[] {
  const bytes = Buffer.isBuffer(place) ? place : Buffer.from(place);
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(spellings)
      .filter(([, spell]) => spell(secret).some((part) => bytes.includes(part)))
      .map(([spelling]) => `${name} (${spelling})`),
  );
}

/** The same for every file below a folder, each with its name. */
export function secretsBelow(folder: string, secrets: Readonly<Record<string, string>>): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return secretsBelow(path, secrets);
    return secretsIn(readFileSync(path), secrets).map((found) => `${name}: ${found}`);
  });
}

/** Within a longer text the secret may begin at any of the three places of a group of base64. */
function base64Parts(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const text = whole.toString('base64').replace(/=+$/, '');
    // Letters at either end hold bits of what stands beside the secret.
    const first = before === 0 ? 0 : before + 1;
    return text.slice(first, whole.length % 3 === 0 ? undefined : -1);
  });
}

function hex(secret: string): string {
  return Buffer.from(secret).toString('hex');
}

function asciiJson(secret: string): string {
  return JSON.stringify(secret)
    .slice(1, -1)
    .replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
