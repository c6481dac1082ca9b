import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { Settings } from '../config/settings';
import { AccessCheck } from './access-check';
import { AuthService, type Visit } from './auth.service';
import { refreshTokenOf } from './presented-tokens';

/** The session whose refresh cookie a login brings, and takes the place of. The cookie's MAC has proven it. */
export interface EarlierSession {
  readonly id: string;
}

/**
 * Ends the session that a browser had before it logged in once more: the cookie of the new one takes its place, so that nobody would
 * see the old one again until it ends by itself (OWASP ASVS 5.0, 7.2.4).
 */
@Injectable()
export class EarlierSessions {
  constructor(
    private readonly access: AccessCheck,
    private readonly auth: AuthService,
    private readonly logger: Logger,
    @Inject(Settings) private readonly settings: Pick<Settings, 'COOKIE_PREFIX'>,
  ) {}

  /** The session of ours that the refresh cookie names, live or not; undefined without a cookie, and where the source keeps the sessions. */
  of(request: FastifyRequest): EarlierSession | undefined {
    const presented = refreshTokenOf(request, this.settings, this.access);
    if (presented?.delivery !== 'cookie') return undefined;
    const id = this.access.sessionIdOf(presented.token);
    return id === undefined ? undefined : { id };
  }

  /**
   * Once the new session is open: without its cookie nobody would hold it, so that this may fail and the login may not. By its id, so
   * that the session of a client with a secret ends too, which a logout without that client leaves alone.
   */
  async end({ id }: EarlierSession, visit: Visit): Promise<void> {
    try {
      await this.auth.logout({ accessSessionId: id }, visit);
    } catch (error) {
      const fields = { requestId: visit.requestId, detail: describeError(error) };
      this.logger.warn(fields, 'the session of the old cookie could not be ended at a login');
    }
  }
}
