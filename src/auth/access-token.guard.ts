import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../common/gatehouse-error';
import { publicRoute } from '../common/public.decorator';
import type { Session } from '../sessions/session';
import { SessionService } from '../sessions/session.service';

/** Closes every route that is not marked public to callers without the access token of a live session. */
@Injectable()
export class AccessTokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: SessionService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicRoute, places)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.session = await this.liveSession(request);
    return true;
  }

  private async liveSession({ presentedAccess }: FastifyRequest): Promise<Session> {
    if (!presentedAccess) throw missingToken();
    if ('error' in presentedAccess) throw presentedAccess.error;
    const session = await this.sessions.find(presentedAccess.claims.sid);
    if (!session) throw new GatehouseError('INVALID_TOKEN', { detail: 'the session has ended' });
    return session;
  }
}

/** Hands a controller the live session of the request. */
export const CurrentSession = createParamDecorator((_data: unknown, host: ExecutionContext): Session => {
  const { session } = host.switchToHttp().getRequest<FastifyRequest>();
  if (!session) throw missingToken();
  return session;
});

function missingToken(): GatehouseError {
  return new GatehouseError('UNAUTHORIZED', {
    text: { es: 'Token no proporcionado', en: 'No access token was sent' },
    detail: 'no bearer token',
  });
}
