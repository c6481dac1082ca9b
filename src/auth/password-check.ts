import { Injectable } from '@nestjs/common';
import type { Credentials, LoginContext } from '../strategies/credential-strategy';
import type { Visit } from './auth.service';
import { LoginPlaces } from './login-places';

/** What came of a password: whether it was taken. A refusal for another reason than the password is one all the same. */
export type PasswordOutcome = 'accepted' | 'refused';

/** A password as somebody typed it, and from where. */
export interface PasswordTry {
  readonly credentials: Pick<Credentials, 'username' | 'namedBy'>;
  readonly visit: Visit;
}

/**
 * The one step at which a typed password is put to the sources, for logins and changes of passwords, at every door and in both
 * tellings of the story. What protects accounts and sources stands here, so that no door can forget it.
 */
@Injectable()
export class PasswordCheck {
  constructor(private readonly places: LoginPlaces) {}

  /**
   * @param ask puts the password to the sources, in the context that it is given
   * @param outcomeOf reads whether the password was taken
   * @throws what `ask` throws
   */
  async run<T>(
    { visit }: PasswordTry,
    ask: (context: LoginContext) => Promise<T>,
    _outcomeOf: (answer: T) => PasswordOutcome,
  ): Promise<T> {
    return this.places.run(visit.address, () => ask(visit));
  }
}
