import { Client } from './client';
import { FakeClock } from './fake-clock';

/** The machine's own time, for what a directory counts by its own. */
export class MovingClock extends FakeClock {
  override nowMs(): number {
    return Date.now();
  }
}

export interface Crowd {
  readonly urls: readonly string[];
  /** As the gateway's proxy names them. */
  readonly addresses: readonly string[];
  readonly guessesOfAddress: number;
  /** The spellings of one person's name, used in turn. */
  readonly names: readonly string[];
}

const atOnce = 10;

/**
 * Every address guesses at the password, all of them at the same time and never right.
 * @returns how often each status was the answer
 */
export async function guess(crowd: Crowd): Promise<Readonly<Record<number, number>>> {
  const { urls, addresses, guessesOfAddress, names } = crowd;
  const clients = urls.map((url) => new Client(url));
  const statuses: Record<number, number> = {};
  const total = addresses.length * guessesOfAddress;
  let next = 0;
  const guesser = async () => {
    for (let turn = next++; turn < total; turn = next++) {
      const client = clients[turn % clients.length];
      const address = addresses[turn % addresses.length];
      const name = names[turn % names.length];
      if (!client || address === undefined || name === undefined) throw new Error('nobody guesses at nobody');
      const { status } = await client.login(name, `guess-${turn}`, { 'x-forwarded-for': address });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, guesser));
  return statuses;
}

/** Addresses of one network of documentation (RFC 5737), such as `203.0.113`. */
export function addressesIn(network: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${network}.${index + 1}`);
}

/** The header by which a browser shows the device cookie of an answer. */
export function deviceOf(setCookies: readonly string[]): string {
  const cookie = setCookies.find((one) => one.startsWith('gatehouse_device='));
  if (cookie === undefined) throw new Error('The answer sets no device cookie');
  return cookie.split(';', 1)[0] ?? '';
}
