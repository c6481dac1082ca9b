import { GatehouseError } from '../common/gatehouse-error';
import type { Instruments, RefreshOutcome } from '../common/instruments';
import type { Session } from '../sessions/session';
import {
  AuthService,
  type IssuedTokens,
  type LoginRequest,
  type LoginResult,
  type PresentedSession,
  type RefreshingClient,
  type Visit,
} from './auth.service';

/** Counts refreshes, whichever telling of the story they are of: a forged token leaves no line in the audit trail to count by. */
export class CountedAuthService extends AuthService {
  constructor(
    private readonly inner: AuthService,
    private readonly instruments: Instruments,
  ) {
    super();
  }

  override login(request: LoginRequest, visit: Visit): Promise<LoginResult> {
    return this.inner.login(request, visit);
  }

  override async refresh(
    refreshToken: string,
    visit: Visit,
    client?: RefreshingClient,
  ): Promise<IssuedTokens> {
    try {
      const issued = await this.inner.refresh(refreshToken, visit, client);
      this.instruments.count('refreshes', { outcome: 'success' });
      return issued;
    } catch (error) {
      this.instruments.count('refreshes', { outcome: outcomeOf(error) });
      throw error;
    }
  }

  override refreshWithoutToken(): never {
    this.instruments.count('refreshes', { outcome: 'absent' });
    return this.inner.refreshWithoutToken();
  }

  override endReplaced(session: Session, visit: Visit): Promise<void> {
    return this.inner.endReplaced(session, visit);
  }

  override logout(tokens: PresentedSession, visit: Visit): Promise<void> {
    return this.inner.logout(tokens, visit);
  }
}

/** A source that asks for patience (429) has decided nothing either. */
function outcomeOf(error: unknown): RefreshOutcome {
  if (!(error instanceof GatehouseError)) return 'unavailable';
  if (error.code === 'REFRESH_TOKEN_REUSED') return 'reused';
  return error.status >= 500 || error.status === 429 ? 'unavailable' : 'refused';
}
