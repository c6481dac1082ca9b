import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../common/gatehouse-error';
import { publicRoute } from '../common/public.decorator';
import type { Bearer } from './access-check';

/** Closes every route that is not marked public to callers without an access token that lets them in. */
@Injectable()
export class AccessTokenGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicRoute, places)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!request.presentedAccess) throw missingToken();
    request.bearer = await request.presentedAccess.admit();
    return true;
  }
}

/** Hands a controller whom the request speaks for. */
export const CurrentBearer = createParamDecorator((_data: unknown, host: ExecutionContext): Bearer => {
  const { bearer } = host.switchToHttp().getRequest<FastifyRequest>();
  if (!bearer) throw missingToken();
  return bearer;
});

function missingToken(): GatehouseError {
  return new GatehouseError('UNAUTHORIZED', {
    text: { es: 'Token no proporcionado', en: 'No access token was sent' },
    detail: 'no bearer token',
  });
}
