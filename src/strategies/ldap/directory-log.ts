import type { Logger } from '../../common/logger';
import type { LoginContext } from '../credential-strategy';
import { describeReferrals } from './connection/directory-failure';
import type { PeerHealth } from '../source-health';
import { mayNotSetPasswords } from './password/password-change';
import { ambiguousName } from './search-login';

/** What an operator reads of one directory. No line holds a login name: people type their password into that field too. */
export class DirectoryLog {
  constructor(
    private readonly strategy: string,
    private readonly logger: Logger,
  ) {}

  /** @param why in truth, which no client may know; faults of the configuration are told louder */
  refused(why: string, { requestId }: LoginContext): void {
    const fields = { strategy: this.strategy, requestId, why };
    if (why === ambiguousName) {
      this.logger.warn(fields, 'LDAP_USER_FILTER finds more than one entry for a login name');
    } else if (why.endsWith(mayNotSetPasswords)) {
      this.logger.warn(
        fields,
        'An expired password could not be changed: give the service account write access to it',
      );
    } else {
      this.logger.debug(fields, 'The directory refused a login');
    }
  }

  sessionsNotEnded(why: string | undefined, { requestId }: LoginContext): void {
    const fields = { strategy: this.strategy, requestId, why };
    this.logger.warn(fields, 'A password was changed, but whose sessions should end could not be read');
  }

  referrals(referrals: readonly string[]): void {
    const words = describeReferrals(referrals);
    if (words !== undefined) this.logger.debug({ strategy: this.strategy }, words);
  }

  serverChanged({ address, isUp, lastError }: PeerHealth): void {
    const fields = { strategy: this.strategy, server: address };
    if (isUp) this.logger.info(fields, 'A directory server works again');
    else
      this.logger.warn(
        { ...fields, why: lastError },
        'A directory server is left alone until it works again',
      );
  }
}
