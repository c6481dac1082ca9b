import { Injectable } from '@nestjs/common';
import type { LoginContext } from '../strategies/credential-strategy';
import { AccountCheck, type PasswordAnswer, type PasswordOutcome, type TypedAccount } from './account-check';
import { FoundName } from './account-gate';
import { EvenRefusals, type RefusableTry } from './even-refusals';
import { LoginPlaces } from './login-places';

/** A password as somebody typed it, and from where. */
export interface PasswordTry extends TypedAccount, Pick<RefusableTry, 'act' | 'sources'> {}

/** What the sources answered, and what was learnt of the name besides. */
export interface CheckedPassword<T> extends PasswordAnswer<T> {
  /** A source has found somebody by this name, whatever the password. For the audit trail: no client may learn it. */
  readonly nameIsFound: boolean;
}

/**
 * The one step at which a typed password is put to the sources, for logins and changes of passwords, at every door and in both
 * tellings of the story. What protects accounts and sources stands here, so that no door can forget it.
 */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly accounts: AccountCheck,
    private readonly refusals: EvenRefusals,
    private readonly places: LoginPlaces,
  ) {}

  /**
   * @param ask puts the password to the sources, in the context that it is given
   * @param outcomeOf reads whether the password was taken
   * @throws NameBarred; StoreUnavailable where nothing can be counted; SERVICE_UNAVAILABLE where too many wait for a place; what `ask` throws
   */
  async run<T>(
    { act, sources, ...typed }: PasswordTry,
    ask: (context: LoginContext) => Promise<T>,
    outcomeOf: (answer: T) => PasswordOutcome,
  ): Promise<CheckedPassword<T>> {
    const name = new FoundName();
    const answer = await this.refusals.even(
      { act, namedBy: typed.credentials.namedBy, sources },
      (watch) =>
        this.accounts.run(
          typed,
          // Here, so that a refusal that is held back, and one by name, hold no place.
          (context) =>
            this.places.run(typed.visit.address, () =>
              ask({ ...context, gate: name.watch(watch(context.gate)) }),
            ),
          outcomeOf,
        ),
      ({ answer }) => outcomeOf(answer) === 'refused',
    );
    return { ...answer, nameIsFound: name.isFound };
  }
}
