import { Injectable } from '@nestjs/common';
import { Authenticator, type EntryReading } from '../strategies/authenticator';
import type { SourceHealth } from '../strategies/source-health';
import type { Identity } from '../strategies/identity';

/** What doors may know of the sources, and of the entries there behind the people who log in, without knowing a source itself. */
@Injectable()
export class EntryService {
  constructor(private readonly authenticator: Authenticator) {}

  /**
   * Reads the entry of somebody who has logged in, with the rights of the source's own account.
   * @param names attributes, `*` for all user attributes, `+` for all operational ones; none gives the DN alone
   * @throws StrategyUnavailable when the source could not answer
   */
  read(identity: Identity, names: readonly string[]): Promise<EntryReading> {
    return this.authenticator.readEntry(identity, names);
  }

  /** Whether a DN lies below the base of one of the sources. Asks nobody. */
  isDnOfSource(dn: string): boolean {
    return this.authenticator.holdsDn(dn);
  }

  /** How each source is, in the order of STRATEGIES, from what was seen of it. Asks nobody. */
  sourceHealth(): readonly SourceHealth[] {
    return this.authenticator.health();
  }

  /** Whether there is a source by this name. */
  hasSource(name: string): boolean {
    return this.authenticator.has(name);
  }
}
