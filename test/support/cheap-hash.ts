import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const cost = { ln: 10, r: 8, p: 1 };
const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt);

/** A hash of a password as users files have it, that takes a millisecond to check: for specs that log in often. */
export async function cheapHash(password: string): Promise<string> {
  const { ln, r, p } = cost;
  const salt = randomBytes(16);
  const key = await derive(password, salt, 32, { N: 2 ** ln, r, p });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
