import { Injectable } from '@nestjs/common';
import type { Bearer } from '../../auth/access-check';
import type { Visit } from '../../auth/auth.service';
import { longestPassword } from '../../auth/credential-fields';
import { PasswordService } from '../../auth/password.service';
import { type DistinguishedName, dnKey } from '../../common/distinguished-name';
import { GatehouseError } from '../../common/gatehouse-error';
import { readDn } from './authenticate-request';
import { type JsonControl, malformed } from './json-control';
import { withControls } from './login-refused';
import { demandEntry, demandWholeAccess, OwnEntry } from './own-entry';
import { bodyObject, requiredText } from './request-body';
import { passwordChangeControls } from './request-controls';
import { responseControls } from './response-controls';
import { type ResultCode, resultCode } from './result-code';

export interface PasswordChangeAsked {
  /** Whose password, as the path has it. */
  readonly dn: string;
  readonly body: unknown;
  readonly bearer: Bearer;
}

export interface PasswordAnswer {
  readonly resultCode: ResultCode;
  readonly _controls?: readonly JsonControl[];
}

/** Changes one's own password by the words of this API, through the one story of a password change. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly ownEntry: OwnEntry,
    private readonly passwords: PasswordService,
  ) {}

  /**
   * Ends the person's other sessions; the one of the request goes on.
   * @throws RequestRefused for a malformed request; GatehouseError FORBIDDEN for anybody else's entry, INSUFFICIENT_SCOPE for a
   * client's token, and as `PasswordService.changeOwn`
   */
  async change({ dn, body, bearer }: PasswordChangeAsked, visit: Visit): Promise<PasswordAnswer> {
    demandWholeAccess(bearer);
    const target = readDn(dn);
    const members = bodyObject(body);
    const oldPassword = requiredText(members, 'oldPassword', longestPassword);
    const newPassword = requiredText(members, 'newPassword', longestPassword);
    if (newPassword === '') throw malformed('newPassword must not be empty');
    const requested = passwordChangeControls(members['_controls']);
    await this.demandOwn(target, bearer);
    const { identity, session } = bearer;
    const change = { identity, oldPassword, newPassword, currentSessionId: session?.id };
    const attempt = this.passwords.changeOwn(change, visit);
    await withControls(requested, attempt);
    const controls = responseControls(requested, { accepted: true, dn: target.text });
    return { resultCode: resultCode('success'), ...(controls.length > 0 && { _controls: controls }) };
  }

  private async demandOwn({ key }: DistinguishedName, { identity }: Bearer): Promise<void> {
    const own = demandEntry(await this.ownEntry.read(identity, []));
    if (dnKey(own.dn) === key) return;
    throw new GatehouseError('FORBIDDEN', { detail: 'the password of another entry' });
  }
}
