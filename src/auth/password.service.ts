import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { parseDn } from '../common/distinguished-name';
import { GatehouseError } from '../common/gatehouse-error';
import { SessionService } from '../sessions/session.service';
import { Authenticator } from '../strategies/authenticator';
import type { Credentials, PasswordChange } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { endWithoutAnswer, seenFrom, whoseSession } from './audit-fields';
import type { Visit } from './auth.service';
import { PasswordCheck } from './password-check';
import { PasswordRules } from './password-rules';
import { codeOfRefusal, unknownStrategy } from './refusals';

export interface PasswordChangeRequest {
  readonly credentials: Credentials;
  readonly newPassword: string;
  /** Asks this strategy only. */
  readonly strategy?: string;
  /** The session in which the person is at work; it lives on if it is theirs, and their account is known there. */
  readonly currentSessionId?: string;
  /** Whose account is known without that, because an access token has proved who they are. */
  readonly sessionSubject?: string;
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
    private readonly passwords: PasswordCheck,
    private readonly sessions: SessionService,
    private readonly audit: AuditTrail,
    private readonly rules: PasswordRules,
  ) {}

  /**
   * Changes the password at its source and ends the person's other sessions, where the source can tell whose they are.
   * @throws GatehouseError UNAUTHORIZED or what the source said of the account; PASSWORD_REJECTED with the reason of our own rules or of the policy;
   * FORBIDDEN where no source can change passwords; SERVICE_UNAVAILABLE.
   */
  async change(request: PasswordChangeRequest, visit: Visit): Promise<void> {
    this.demandFit(request, visit);
    const { change, nameIsFound } = await this.askSource(request, visit);
    if (change.changed) {
      const { subject } = change;
      // First, because the change stands even if the sessions cannot be ended.
      this.record(visit, request, { outcome: 'success', ...(subject !== undefined && { subject }) });
      if (subject !== undefined) await this.tellSessions(subject, request.currentSessionId, visit);
      return;
    }
    const nameIsKnown = nameIsFound || change.reason !== 'invalid_credentials';
    this.record(visit, request, { outcome: 'refused', reason: reasonInTruth(change), nameIsKnown });
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
    const { strategy, username, subject: sessionSubject } = identity;
    const own = { ...request, strategy, canonicalName: username, sessionSubject };
    const known = { ...own, credentials: { username, password: oldPassword } };
    this.demandFit(known, visit);
    const named = await this.recorded(known, visit, () => this.nameOf(identity));
    if (named) return this.change({ ...own, credentials: { ...named, password: oldPassword } }, visit);
    const detail = 'the credential source no longer knows the person or has barred them';
    this.record(visit, known, { outcome: 'refused', reason: detail });
    throw new GatehouseError('INVALID_TOKEN', { detail });
  }

  /** Undefined for somebody who is gone. A DN that only its own server can read, such as one with a line break, names nobody here. */
  private async nameOf(identity: Identity): Promise<Pick<Credentials, 'username' | 'namedBy'> | undefined> {
    const reading = await this.authenticator.readEntry(identity, []);
    if (reading.kind === 'gone') return undefined;
    const dn = reading.kind === 'read' && parseDn(reading.entry.dn) ? reading.entry.dn : undefined;
    return dn === undefined ? { username: identity.username } : { username: dn, namedBy: 'dn' };
  }

  /** First, so that a password that nobody may have costs no question, and no try of the old one. */
  private demandFit(request: PasswordChangeRequest, visit: Visit): void {
    const { credentials, canonicalName, newPassword } = request;
    const text = this.rules.faultOf(newPassword, canonicalName ?? credentials.username);
    if (!text) return;
    this.record(visit, request, { outcome: 'refused', reason: 'rejected_by_rules' });
    throw new GatehouseError('PASSWORD_REJECTED', { text, detail: 'refused by PASSWORD_…' });
  }

  private async askSource(
    request: PasswordChangeRequest,
    visit: Visit,
  ): Promise<{ readonly change: PasswordChange; readonly nameIsFound: boolean }> {
    const { credentials, newPassword, strategy } = request;
    if (strategy !== undefined && !this.authenticator.has(strategy)) throw unknownStrategy();
    const sources = this.authenticator.sourcesOf(credentials, strategy);
    const { answer: change, nameIsFound } = await this.recorded(request, visit, async () =>
      this.passwords.run(
        { act: 'password_change', credentials, sources, visit, sessionSubject: await this.atWork(request) },
        (context) => this.authenticator.changePassword(credentials, newPassword, context, strategy),
        (answer) => (answer && wasTaken(answer) ? 'accepted' : 'refused'),
      ),
    );
    if (change) return { change, nameIsFound };
    throw new GatehouseError('FORBIDDEN', {
      text: { es: 'La contraseña no se puede cambiar aquí', en: 'The password cannot be changed here' },
      detail: 'no strategy that is responsible can change passwords',
    });
  }

  /** Whoever is in a session is no stranger to their own account; undefined for a request without one that is alive. */
  private async atWork({
    sessionSubject,
    currentSessionId,
  }: PasswordChangeRequest): Promise<string | undefined> {
    if (sessionSubject !== undefined || currentSessionId === undefined) return sessionSubject;
    return (await this.sessions.find(currentSessionId))?.identity.subject;
  }

  /** Asks a source; whatever throws leaves the line of this change in the audit trail. */
  private async recorded<T>(request: PasswordChangeRequest, visit: Visit, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.record(visit, request, endWithoutAnswer(error));
      throw error;
    }
  }

  private async tellSessions(subject: string, current: string | undefined, visit: Visit): Promise<void> {
    await this.endOthers(subject, current, visit);
    if (current !== undefined) await this.sessions.forgetPasswordEnd(current, subject);
  }

  private async endOthers(subject: string, spared: string | undefined, visit: Visit): Promise<void> {
    for (const session of await this.sessions.endAllOf(subject, spared)) {
      const event = { event: 'session_end', outcome: 'success', cause: 'password_change' } as const;
      this.audit.record({ ...event, ...seenFrom(visit), ...whoseSession(session) });
    }
  }

  private record(
    visit: Visit,
    { credentials, canonicalName, strategy: wanted }: PasswordChangeRequest,
    {
      nameIsKnown = false,
      ...what
    }: Pick<AuditEvent, 'outcome' | 'reason' | 'subject' | 'strategy' | 'nameIsKnown'>,
  ): void {
    const username = canonicalName ?? this.authenticator.canonicalName(credentials.username);
    const strategy = this.authenticator.onlyCandidate(credentials, wanted);
    const named = { username, strategy, nameIsKnown: nameIsKnown || canonicalName !== undefined };
    this.audit.record({ event: 'password_change', ...seenFrom(visit), ...named, ...what });
  }
}

function reasonInTruth(change: Extract<PasswordChange, { changed: false }>): string {
  return change.reason === 'rejected_by_policy' ? change.reason : (change.logReason ?? change.reason);
}

/** The old password was right where the policy refused the new one. */
function wasTaken(change: PasswordChange): boolean {
  return change.changed || change.reason === 'rejected_by_policy';
}
