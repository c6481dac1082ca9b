import { Injectable } from '@nestjs/common';
import { GatehouseError } from '../common/gatehouse-error';
import type { Session } from '../sessions/session';
import { SessionService } from '../sessions/session.service';
import { SessionTokenCodec } from '../sessions/session-token';
import type { AccessTokenClaims } from '../tokens/access-token-claims';
import { TokenService, UnknownSigningKey } from '../tokens/token.service';
import { AccessCheck, type Bearer, type PresentedAccess } from './access-check';
import type { Visit } from './auth.service';
import type { IdentityReading } from './identity-renewal';
import { SessionUse } from './session-use';

/** Over our own tokens: a good one is not enough, its session must live too. */
@Injectable()
export class OwnAccessCheck extends AccessCheck {
  constructor(
    private readonly tokens: TokenService,
    private readonly sessions: SessionService,
    private readonly sessionTokens: SessionTokenCodec,
    private readonly use: SessionUse,
  ) {
    super();
  }

  override present(accessToken: string): PresentedAccess {
    try {
      const claims = this.tokens.verifyAccessToken(accessToken);
      return { sessionId: claims.sid, admit: () => this.admit(claims) };
    } catch (error) {
      // Only a closed route asks the store: by then the throttler has counted the request.
      if (error instanceof UnknownSigningKey) return { admit: () => this.admitLate(accessToken, error) };
      if (error instanceof GatehouseError) return { admit: () => Promise.reject(error) };
      throw error;
    }
  }

  override presentSession(sessionToken: string, visit: Visit, reading?: IdentityReading): PresentedAccess {
    const sessionId = this.sessionTokens.decode(sessionToken);
    if (sessionId === undefined) {
      const text = { es: 'La sesión ha terminado', en: 'The session has ended' };
      const unknown = new GatehouseError('UNAUTHORIZED', { text, detail: 'not a session token of ours' });
      return { admit: () => Promise.reject(unknown) };
    }
    return { sessionId, admit: () => this.admitUse(sessionId, visit, reading) };
  }

  override sessionIdOf(refreshToken: string): string | undefined {
    return this.sessions.sessionIdOf(refreshToken);
  }

  override async sessionOf(refreshToken: string): Promise<Session | undefined> {
    return (await this.sessions.peek(refreshToken))?.session;
  }

  private async admitLate(accessToken: string, unknown: UnknownSigningKey): Promise<Bearer> {
    return this.admit(await this.tokens.verifyOnceMore(accessToken, unknown));
  }

  private async admitUse(sessionId: string, visit: Visit, reading?: IdentityReading): Promise<Bearer> {
    const session = await this.use.use(sessionId, visit, reading);
    return { identity: session.identity, session };
  }

  private async admit(claims: AccessTokenClaims): Promise<Bearer> {
    const session = await this.sessions.find(claims.sid);
    if (!session) throw new GatehouseError('INVALID_TOKEN', { detail: 'the session has ended' });
    // A client may have asked for a token that can do less than its session.
    const scope = session.grant && (claims.scope?.split(' ') ?? []);
    return { identity: session.identity, session, ...(scope && { scope }) };
  }
}
