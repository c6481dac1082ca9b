import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import { Authenticator } from '../strategies/authenticator';
import { StrategyUnavailable, type Verdict } from '../strategies/credential-strategy';
import { seenFrom } from './audit-fields';
import type { LoginRequest, Visit } from './auth.service';
import { NameBarred, nameBarred } from './account-check';
import { type CheckedPassword, PasswordCheck } from './password-check';
import { codeOfRefusal, unknownStrategy } from './refusals';

/** Somebody whose password was right, and whether their source can be asked about them later. */
export type AcceptedLogin = Extract<Verdict, { accepted: true }> & {
  readonly canReread: boolean;
  /** For the device cookie. */
  readonly deviceToken?: string;
};

/** Finds out who logs in. Each login leaves one line in the audit trail: here where it fails, else by `record`. */
@Injectable()
export class LoginCheck {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly passwords: PasswordCheck,
    private readonly audit: AuditTrail,
  ) {}

  /** @throws GatehouseError as AuthService.login */
  async accept(request: LoginRequest, visit: Visit): Promise<AcceptedLogin> {
    const { answer: verdict, nameIsFound, ...known } = await this.verdictOn(request, visit);
    if (verdict.accepted) {
      return { ...verdict, ...known, canReread: this.authenticator.canReread(verdict.identity.strategy) };
    }
    const nameIsKnown = nameIsFound || verdict.reason !== 'invalid_credentials';
    this.record(visit, request, {
      outcome: 'refused',
      reason: verdict.logReason ?? verdict.reason,
      nameIsKnown,
    });
    throw new GatehouseError(codeOfRefusal[verdict.reason], { detail: verdict.reason });
  }

  record(
    visit: Visit,
    { credentials, clientData, grant, strategy: wanted }: LoginRequest,
    what: Pick<AuditEvent, 'outcome' | 'reason' | 'subject' | 'strategy' | 'nameIsKnown'>,
  ): void {
    const strategy = this.authenticator.onlyCandidate(credentials, wanted);
    const username = this.authenticator.canonicalName(credentials.username);
    const said = { ...(grant && { clientId: grant.clientId }), ...(clientData && { clientData }) };
    this.audit.record({ event: 'login', ...seenFrom(visit), username, strategy, ...what, ...said });
  }

  private async verdictOn(request: LoginRequest, visit: Visit): Promise<CheckedPassword<Verdict>> {
    const { credentials, strategy } = request;
    if (strategy !== undefined && !this.authenticator.has(strategy)) throw unknownStrategy();
    try {
      return await this.passwords.run(
        { act: 'login', credentials, sources: this.authenticator.sourcesOf(credentials, strategy), visit },
        (context) => this.authenticator.authenticate(credentials, context, strategy),
        ({ accepted }) => (accepted ? 'accepted' : 'refused'),
      );
    } catch (error) {
      if (error instanceof StrategyUnavailable) {
        this.record(visit, request, {
          outcome: 'unavailable',
          reason: error.strategy,
          strategy: error.strategy,
        });
      }
      if (error instanceof NameBarred)
        this.record(visit, request, { outcome: 'refused', reason: nameBarred });
      throw error;
    }
  }
}
