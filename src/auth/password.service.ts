import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import { SessionService } from '../sessions/session.service';
import { Authenticator } from '../strategies/authenticator';
import {
  type Credentials,
  type PasswordChange,
  StrategyUnavailable,
} from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import type { Visit } from './auth.service';
import { codeOfRefusal, unknownStrategy } from './refusals';

export interface PasswordChangeRequest {
  readonly credentials: Credentials;
  readonly newPassword: string;
  /** Asks this strategy only. */
  readonly strategy?: string;
  /** The session in which the person is at work; it lives on if it is theirs. */
  readonly currentSessionId?: string;
  /** For the audit trail, where the name is known from elsewhere. */
  readonly canonicalName?: string;
}

/** A change by somebody who has logged in. */
export interface OwnPasswordChangeRequest {
  readonly identity: Identity;
  readonly oldPassword: string;
  readonly newPassword: string;
  readonly currentSessionId?: string;
}

/** The story of a changed password. The old one is a guess like any other: the throttler counts it as a login. */
@Injectable()
export class PasswordService {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly sessions: SessionService,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Changes the password at its source and ends the person's other sessions, where the source can tell whose they are.
   * @throws GatehouseError UNAUTHORIZED or what the source said of the account; PASSWORD_REJECTED with the policy's reason;
   * FORBIDDEN where no source can change passwords; SERVICE_UNAVAILABLE.
   */
  async change(request: PasswordChangeRequest, visit: Visit): Promise<void> {
    const change = await this.askSource(request, visit);
    if (change.changed) {
      const { subject } = change;
      // First, because the change stands even if the sessions cannot be ended.
      this.record(visit, request, { outcome: 'success', ...(subject !== undefined && { subject }) });
      if (subject !== undefined) await this.sessions.endAllOf(subject, request.currentSessionId);
      return;
    }
    this.record(visit, request, { outcome: 'refused', reason: change.reason });
    if (change.reason === 'rejected_by_policy') {
      throw new GatehouseError('PASSWORD_REJECTED', { text: change.text, detail: change.detail });
    }
    throw new GatehouseError(codeOfRefusal[change.reason], { detail: change.reason });
  }

  /**
   * As `change`, for somebody who is known already: goes by the DN of their entry where the source can read it, because a login by their
   * name may find nobody, or somebody else. Asks no other source.
   * @throws GatehouseError as `change`; INVALID_TOKEN for somebody whom the source no longer lets in
   */
  async changeOwn(
    { identity, oldPassword, ...request }: OwnPasswordChangeRequest,
    visit: Visit,
  ): Promise<void> {
    const { strategy, username } = identity;
    const named = await this.nameOf(identity);
    const credentials = { ...named, password: oldPassword };
    await this.change({ ...request, credentials, strategy, canonicalName: username }, visit);
  }

  private async nameOf(identity: Identity): Promise<Pick<Credentials, 'username' | 'namedBy'>> {
    const reading = await this.authenticator.readEntry(identity, []);
    if (reading.kind === 'unsupported') return { username: identity.username };
    if (reading.kind === 'read') return { username: reading.entry.dn, namedBy: 'dn' };
    throw new GatehouseError('INVALID_TOKEN', {
      detail: 'the credential source no longer knows the person or has barred them',
    });
  }

  private async askSource(request: PasswordChangeRequest, visit: Visit): Promise<PasswordChange> {
    const { credentials, newPassword, strategy } = request;
    if (strategy !== undefined && !this.authenticator.has(strategy)) throw unknownStrategy();
    try {
      const change = await this.authenticator.changePassword(credentials, newPassword, visit, strategy);
      if (change) return change;
    } catch (error) {
      if (error instanceof StrategyUnavailable) {
        this.record(visit, request, { outcome: 'unavailable', reason: error.strategy });
      }
      throw error;
    }
    throw new GatehouseError('FORBIDDEN', {
      text: { es: 'La contraseña no se puede cambiar aquí', en: 'The password cannot be changed here' },
      detail: 'no strategy that is responsible can change passwords',
    });
  }

  private record(
    visit: Visit,
    { credentials, canonicalName }: PasswordChangeRequest,
    what: Pick<AuditEvent, 'outcome' | 'reason' | 'subject'>,
  ): void {
    const { door, requestId, address } = visit;
    const username = canonicalName ?? this.authenticator.canonicalName(credentials.username);
    this.audit.record({ event: 'password_change', door, requestId, address, username, ...what });
  }
}
