import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-jwt';
import { settings } from './settings.js';
import type { PresentedRefreshToken } from './user.js';

export const refreshCookie = 'refresh_token';

function fromCookie(request: Request): string | null {
  const token: unknown = request.cookies?.[refreshCookie];
  return typeof token === 'string' ? token : null;
}

@Injectable()
export class JwtRefreshStrategy extends PassportStrategy(Strategy, 'jwt-refresh') {
  constructor() {
    super({
      jwtFromRequest: fromCookie,
      secretOrKey: settings.refresh.secret,
      algorithms: ['HS256'],
      passReqToCallback: true,
    });
  }

  validate(request: Request, claims: { sub: string; sid: string }): PresentedRefreshToken {
    return { sub: claims.sub, sid: claims.sid, token: fromCookie(request) ?? '' };
  }
}
