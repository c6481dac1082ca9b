import { Injectable } from '@nestjs/common';
import { AuthService } from '../../auth/auth.service';
import { ClientRegistry } from '../../clients/client-registry';
import type { RateLimitExcess } from '../../common/rate-limit.decorator';
import type { RequestContext } from '../../common/request-context';
import { SessionService } from '../../sessions/session.service';
import type { IdTokenHint } from '../../tokens/id-token';
import { TokenService } from '../../tokens/token.service';
import { genAuthDoor } from './signin';

/** The parameters of a logout (OpenID Connect RP-Initiated Logout 1.0 section 2) that mean something here. */
export interface SessionEndRequest {
  readonly idTokenHint: string | undefined;
  readonly clientId: string | undefined;
  readonly redirectUri: string | undefined;
  readonly state: string | undefined;
  readonly excess: RateLimitExcess | undefined;
}

/** What the browser is to see. `unknown`: nobody can tell which session was meant, and none has ended. */
export type SessionEndOutcome =
  { readonly kind: 'ended' | 'unknown' } | { readonly kind: 'redirect'; readonly location: string };

/** Ends the session that an ID token belongs to. There is no login cookie here that could name one instead. */
@Injectable()
export class SessionEnd {
  constructor(
    private readonly tokens: TokenService,
    private readonly sessions: SessionService,
    private readonly clients: ClientRegistry,
    private readonly auth: AuthService,
  ) {}

  /** A session that has ended already is no fault: the person wanted just that. @throws StoreUnavailable */
  async run(request: SessionEndRequest, context: RequestContext): Promise<SessionEndOutcome> {
    const { idTokenHint, clientId, excess } = request;
    const hint = idTokenHint === undefined ? undefined : await this.tokens.readIdToken(idTokenHint);
    if (!hint || (clientId !== undefined && clientId !== hint.aud)) return { kind: 'unknown' };
    if (await this.isNamed(hint)) {
      await this.auth.logout({ accessSessionId: hint.sid, excess }, { ...context, door: genAuthDoor });
    }
    return this.whereTo(hint, request);
  }

  private async isNamed({ sid, sub, aud }: IdTokenHint): Promise<boolean> {
    const session = await this.sessions.find(sid);
    return session?.identity.subject === sub && this.clients.isOwner(aud, session);
  }

  /** Only to an address that the client has registered, letter by letter: anything else would be an open redirect. */
  private whereTo({ aud }: IdTokenHint, { redirectUri, state }: SessionEndRequest): SessionEndOutcome {
    const registered = this.clients.find(aud)?.postLogoutRedirectUris ?? [];
    if (redirectUri === undefined || !registered.includes(redirectUri)) return { kind: 'ended' };
    return { kind: 'redirect', location: withState(redirectUri, state) };
  }
}

/** The address stays as it was registered: an application may compare its spelling. */
function withState(address: string, state: string | undefined): string {
  // A header takes nothing but ASCII.
  const uri = /^[\x21-\x7e]+$/.test(address) ? address : new URL(address).href;
  if (state === undefined) return uri;
  const [place = ''] = uri.split('#', 1);
  const joint = place.includes('?') ? '&' : '?';
  return `${place}${joint}state=${encodeURIComponent(state)}${uri.slice(place.length)}`;
}
