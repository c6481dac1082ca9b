import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { asTyped, settings } from './settings.js';
import type { AccessClaims } from './user.js';

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: asTyped(settings.access.verify),
      algorithms: [settings.access.algorithm],
    });
  }

  validate(claims: AccessClaims): AccessClaims {
    return claims;
  }
}
