import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import { Authenticator } from '../strategies/authenticator';
import type { Verdict } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { endWithoutAnswer, seenFrom, whoIs } from './audit-fields';
import type { LoginRequest, Visit } from './auth.service';
import { type CheckedPassword, PasswordCheck } from './password-check';
import { codeOfRefusal, unknownStrategy } from './refusals';

/** Somebody whose password was right, and whether their source can be asked about them later. */
export type AcceptedLogin = Extract<Verdict, { accepted: true }> & {
  readonly canReread: boolean;
  /** For the device cookie. */
  readonly deviceToken?: string;
  /** Writes down that the password was right; to be called once, along with what else the login changes in the store. @throws StoreUnavailable */
  readonly settle: () => Promise<void>;
};

/** Which login a step is one of. */
export interface LoginStep {
  readonly request: LoginRequest;
  readonly visit: Visit;
  /** Who has logged in, once the password was right. */
  readonly whom?: Identity;
}

const nothingToSettle = (): Promise<void> => Promise.resolve();

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
    const {
      answer: verdict,
      nameIsFound,
      settle = nothingToSettle,
      ...known
    } = await this.verdictOn(request, visit);
    if (verdict.accepted) {
      const canReread = this.authenticator.canReread(verdict.identity.strategy);
      return { ...verdict, ...known, settle, canReread };
    }
    const nameIsKnown = nameIsFound || verdict.reason !== 'invalid_credentials';
    this.record(visit, request, {
      outcome: 'refused',
      reason: verdict.logReason ?? verdict.reason,
      nameIsKnown,
    });
    throw new GatehouseError(codeOfRefusal[verdict.reason], { detail: verdict.reason });
  }

  /** Takes a step of a login; one that throws leaves the line of this login. @throws what the step throws */
  async orRecorded<T>({ request, visit, whom }: LoginStep, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.record(visit, request, { ...(whom && whoIs(whom)), ...endWithoutAnswer(error) });
      throw error;
    }
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
    const sources = this.authenticator.sourcesOf(credentials, strategy);
    return this.orRecorded({ request, visit }, () =>
      this.passwords.run(
        { act: 'login', credentials, sources, visit, settlesLater: true },
        (context) => this.authenticator.authenticate(credentials, context, strategy),
        ({ accepted }) => (accepted ? 'accepted' : 'refused'),
      ),
    );
  }
}
