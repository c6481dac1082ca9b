import { GatehouseError } from '../common/gatehouse-error';
import type { Settings } from '../config/settings';
import { LoginPlaces } from './login-places';

type TurnSettings = Pick<Settings, 'LOCKOUT_MAX_FAILURES' | 'LOGIN_MAX_WAITING' | 'LOGIN_MAX_WAIT_MS'>;

/** Who logs in, as far as it is known before anybody is asked. */
export interface NamedVisit {
  /** As the counters spell it. */
  readonly name: string;
  /** From a device on which somebody has logged in, or a session. Strangers, however many, take no turn from these. */
  readonly isKnown: boolean;
  readonly address: string;
}

interface Row {
  readonly places: LoginPlaces;
  logins: number;
}

/** An address may have an eighth of the places to wait, here half of LOGIN_MAX_WAITING: devices of one person are often behind one address. */
const sharesOfAddress = 4;

/**
 * Of all logins by one name no more are put to the sources at the same time than strangers have tries: more would only wait for a try
 * there, in the places of other people. Further ones wait here, where they hold nothing, at most half of LOGIN_MAX_WAITING for one name.
 * It is the same for names of nobody.
 */
export class NameTurns {
  private readonly rows = new Map<string, Row>();
  private waiting = 0;

  constructor(private readonly settings: TurnSettings) {}

  /**
   * Runs the task when it is its turn.
   * @throws GatehouseError SERVICE_UNAVAILABLE when too many wait, or its turn has not come in time; the task has not begun then
   */
  async run<T>({ name, isKnown, address }: NamedVisit, task: () => Promise<T>): Promise<T> {
    const key = `${isKnown ? 'known' : 'strange'} ${name}`;
    const row = this.rows.get(key) ?? { places: this.newPlaces(), logins: 0 };
    let isWaiting = this.mustWait(row);
    if (isWaiting) this.waiting++;
    this.rows.set(key, row);
    row.logins++;
    const begun = (): void => {
      if (isWaiting) this.waiting--;
      isWaiting = false;
    };
    try {
      return await row.places.run(address, () => (begun(), task()));
    } finally {
      begun();
      if (--row.logins === 0) this.rows.delete(key);
    }
  }

  /** @throws GatehouseError where it would have to wait and may not */
  private mustWait({ logins }: Row): boolean {
    const { LOCKOUT_MAX_FAILURES: atOnce, LOGIN_MAX_WAITING: most } = this.settings;
    if (logins < atOnce) return false;
    if (this.waiting >= most || logins - atOnce >= most / 2) throw tooManyWait();
    return true;
  }

  private newPlaces(): LoginPlaces {
    const { LOCKOUT_MAX_FAILURES: atOnce, LOGIN_MAX_WAITING: most, LOGIN_MAX_WAIT_MS } = this.settings;
    return new LoginPlaces({
      LOGIN_MAX_RUNNING: atOnce,
      LOGIN_MAX_WAITING: most * sharesOfAddress,
      LOGIN_MAX_WAIT_MS,
    });
  }
}

function tooManyWait(): GatehouseError {
  const detail = 'too many logins wait for others by their name';
  return new GatehouseError('SERVICE_UNAVAILABLE', { detail, limit: 'account' });
}
